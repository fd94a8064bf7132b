"""A real worker process whose work is a folder: it moves what is in `todo` to `done`.

Run as `python -m tests.queue.folder_worker DATA FOLDER [blind] [slow]`. `blind`: the sweeper sees
nothing due.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from runtime.queue.worker import Worker
from runtime.settings import Settings


class FolderWork:
    def __init__(self, folder: Path, *, blind: bool, slow: bool) -> None:
        self.todo, self.done = folder / "todo", folder / "done"
        self.blind, self.slow = blind, slow
        self.stopping = threading.Event()

    def drain(self, deadline: float) -> None:
        while time.monotonic() < deadline and not self.stopping.is_set():
            found = sorted(self.todo.iterdir())
            if not found:
                return
            if found[0].name == "poison":
                raise RuntimeError("".join(("can", "ary")))
            if self.slow:
                self.stopping.wait(0.2)
            found[0].rename(self.done / found[0].name)

    def anything_due(self) -> bool:
        return not self.blind and any(self.todo.iterdir())

    def stop(self) -> None:
        self.stopping.set()


def main() -> None:
    data, folder = Path(sys.argv[1]), Path(sys.argv[2])
    redis = sys.argv[3] if sys.argv[3].startswith(("redis", "unix")) else None
    work = FolderWork(folder, blind="blind" in sys.argv, slow="slow" in sys.argv)
    worker = Worker(Settings(data, redis=redis), work)
    (folder / "name").write_text(worker.name)
    print("ready", flush=True)
    worker.run()


if __name__ == "__main__":
    main()

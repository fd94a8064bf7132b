"""The intake alone under uvicorn: `python -m tests.ingest.serve DATA` prints its port."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from runtime.ingest import create_app
from runtime.serving import serve
from runtime.settings import Settings


def main() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen(1024)
        database = os.environ.get("DATABASE_URL") or None
        settings = Settings(Path(sys.argv[1]), database=database, port=bound.getsockname()[1])
        app = create_app(settings)
        print(settings.port, flush=True)
        serve(app, bound)


if __name__ == "__main__":
    main()

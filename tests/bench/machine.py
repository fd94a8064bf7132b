"""What a figure was measured on."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from pathlib import Path
from typing import Any

from runtime.settings import Settings
from runtime.store.database import Database, run


def machine(folder: Path) -> dict[str, Any]:
    """The machine as it is now; `folder` is where the data will be."""
    return {
        "cores": os.cpu_count(),
        "cpu": _cpu(),
        "python": platform.python_version(),
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "file system": _file_system(folder),
        "fdatasync us": round(_fdatasync(folder) * 1e6),
        "pace ms": round(pace(), 1),
        "load before": round(os.getloadavg()[0], 2),
    }


def sync_mode(settings: Settings) -> str:
    """How durable a commit of this installation is, asked on a connection as the program opens
    them for writing."""
    database = Database.open(settings, migrate=False)
    try:
        with database.write() as conn:
            if database.sqlite:
                level = int(run(conn, "PRAGMA synchronous").scalar_one())
                mode = run(conn, "PRAGMA journal_mode").scalar_one()
                names = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}
                return f"synchronous {names[level]}, journal_mode {mode}"
            asked = ("synchronous_commit", "fsync", "server_version")
            return ", ".join(f"{name} {run(conn, f'SHOW {name}').scalar_one()}" for name in asked)
    finally:
        database.close()


def pace(times: int = 5) -> float:
    """Milliseconds of CPU that a fixed job of this interpreter takes here and now (dictionaries,
    texts, JSON, sorting): virtual machines run at half their speed for minutes, and figures in
    CPU-seconds go with it."""
    took: list[float] = []
    for _ in range(times):
        begin = time.process_time()
        made = {str(n): {"n": n, "at": [n, n + 1], "text": "x" * (n % 50)} for n in range(20_000)}
        read = json.loads(json.dumps(made))
        sorted(read.items(), key=lambda one: (one[1]["text"], -one[1]["n"]))
        took.append((time.process_time() - begin) * 1e3)
    return statistics.median(took)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((ln.partition(":")[2].strip() for ln in lines if ln.startswith("model name")), "?")


def _file_system(folder: Path) -> str:
    try:
        lines = Path("/proc/mounts").read_text().splitlines()
    except OSError:
        return "?"
    mounts = {line.split()[1]: line.split()[2] for line in lines}
    above = [str(folder.resolve()), *map(str, folder.resolve().parents)]
    return next((mounts[one] for one in above if one in mounts), "?")


def _fdatasync(folder: Path, times: int = 100) -> float:
    """Median seconds to write 4 KiB to the end of a file and have it on the disk."""
    took: list[float] = []
    path = folder / "fdatasync"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for _ in range(times):
            begin = time.perf_counter()
            os.write(fd, b"x" * 4096)
            getattr(os, "fdatasync", os.fsync)(fd)
            took.append(time.perf_counter() - begin)
    finally:
        os.close(fd)
        path.unlink()
    return statistics.median(took)

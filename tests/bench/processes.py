"""CPU and memory of a program's processes, by what they are."""

from __future__ import annotations

import os
from collections import Counter

import psutil

PARTS = ("web", "ingest", "worker", "first_start")


class Watched:
    """The tree of processes below some pids: {what it is: pid}, say {"supervisor": 17}. A process
    that ended counts with its parent, as soon as that has waited for it."""

    def __init__(self, **tops: int) -> None:
        self._tops = tops

    def processes(self) -> list[tuple[str, psutil.Process]]:
        """(kind, process) of each that lives."""
        found: list[tuple[str, psutil.Process]] = []
        for name, pid in self._tops.items():
            top = psutil.Process(pid)
            found.append((name, top))
            for child in top.children(recursive=True):
                found.append((_kind(child, name), child))
        return found

    def cpu(self) -> Counter[str]:
        """User and system seconds since each began, ended children included."""
        spent: Counter[str] = Counter()
        for kind, process in self.processes():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            ended = times.children_user + times.children_system
            spent[kind] += times.user + times.system + ended  # type: ignore[assignment]
        return spent

    def pss(self) -> Counter[str]:
        """Proportional set size in MiB."""
        found: Counter[str] = Counter()
        for kind, process in self.processes():
            try:
                found[kind] += process.memory_full_info().pss / 2**20  # type: ignore[assignment]
            except psutil.NoSuchProcess:
                continue
        return found


def _kind(process: psutil.Process, top: str) -> str:
    """What a process is: web, worker, redis, …; one that is nothing special is its top's kind."""
    try:
        words = process.cmdline()
    except psutil.NoSuchProcess:
        return top
    for word in words:
        name = word.rpartition(".")[2]
        if name in PARTS:
            return name
    program = os.path.basename(words[0]) if words else ""
    return "redis" if program.startswith(("valkey-server", "redis-server")) else top


def since(now: Counter[str], before: Counter[str]) -> Counter[str]:
    """What was spent between two looks."""
    return Counter({kind: now[kind] - before[kind] for kind in now | before})

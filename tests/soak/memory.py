"""How the memory of the processes that live on grows."""

from __future__ import annotations

import statistics
import time

import psutil

from tests.soak.town import Town

EVERY = 5.0
LEAST = 120.0  # seconds of samples that make a slope
SETTLED = 0.3  # of the time: caches and pools fill up first


class Memory:
    """`tick()` again and again takes a sample when it is time."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._due = time.monotonic()
        self.samples: dict[str, list[tuple[float, float]]] = {}

    def tick(self) -> None:
        """Take the proportional set sizes."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + EVERY
        for name, process in self._town.spared.items():
            try:
                size = process.memory_full_info().pss / 2**20
            except psutil.Error:
                continue
            self.samples.setdefault(name, []).append((now, size))

    def slope(self, name: str) -> float | None:
        """MiB an hour, after a while; None when the time was too short to tell."""
        samples = self.samples.get(name, [])
        late = samples[int(len(samples) * SETTLED) :]
        if len(late) * EVERY < LEAST:
            return None
        times, sizes = zip(*late, strict=True)
        return statistics.linear_regression(times, sizes).slope * 3600

    def lines(self) -> list[str]:
        """One for each process."""
        return [
            f"{name}: {samples[0][1]:.0f} → {samples[-1][1]:.0f} MiB PSS in "
            f"{samples[-1][0] - samples[0][0]:.0f} s, {self._said(name)}"
            for name, samples in self.samples.items()
        ]

    def _said(self, name: str) -> str:
        slope = self.slope(name)
        return "too short for a slope" if slope is None else f"slope {slope:+.1f} MiB/hour"

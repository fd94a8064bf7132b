"""What Prometheus may know: counts and times by route, never by customer, token or key."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

TEXT = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)  # seconds


class _Times:
    """How long requests of one area took: how many fell under each bound, and the sum."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0


class Metrics(Collector):
    """The metrics of one application; nothing is global. It counts by itself, in plain numbers of
    the one event loop, because the library's own counters lock twice for each request."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._requests: Counter[tuple[str, int]] = Counter()
        self._times: dict[str, _Times] = {}
        self._backlog = 0
        self._registry.register(self)

    def answered(self, area: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests[area, status] += 1
        times = self._times.get(area)
        if times is None:
            times = self._times[area] = _Times()
        times.counts[bisect_left(BOUNDS, seconds)] += 1
        times.total += seconds

    def collect(self) -> Iterator[Metric]:
        """The families, made when they are asked for."""
        requests = CounterMetricFamily(
            "wayline_requests", "Requests answered, by area and status.", labels=["area", "status"]
        )
        for (area, status), number in self._requests.items():
            requests.add_metric([area, str(status)], number)
        yield requests
        seconds = HistogramMetricFamily(
            "wayline_request_seconds",
            "Time from the request's headers to the answer, by area.",
            labels=["area"],
        )
        for area, times in self._times.items():
            seconds.add_metric([area], _buckets(times.counts), times.total)
        yield seconds
        yield GaugeMetricFamily(
            "wayline_events_unrouted",
            "Events accepted and not yet routed, as counted last.",
            value=self._backlog,
        )

    def page(self, backlog: int) -> bytes:
        """The metrics in Prometheus' text format."""
        self._backlog = backlog
        return generate_latest(self._registry)


def _buckets(counts: list[int]) -> list[tuple[str, float]]:
    """Each bound with how many were not over it, as Prometheus wants them."""
    sums: list[tuple[str, float]] = []
    reached = 0
    for bound, number in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
        reached += number
        sums.append((bound, reached))
    return sums

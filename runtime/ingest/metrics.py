"""What Prometheus may know: counts and times by route, never by customer, token or key."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The metrics of one application; nothing is global."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "wayline_requests",
            "Requests answered, by area and status.",
            ["area", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "wayline_request_seconds",
            "Time from the request's headers to the answer, by area.",
            ["area"],
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
            registry=self._registry,
        )
        self._backlog = Gauge(
            "wayline_events_unrouted",
            "Events accepted and not yet routed, as counted last.",
            registry=self._registry,
        )
        self._known: dict[tuple[str, int], Counter] = {}
        self._areas: dict[str, Histogram] = {}

    def answered(self, area: str, status: int, seconds: float) -> None:
        """Count one request."""
        key = (area, status)
        if key not in self._known:
            self._known[key] = self._requests.labels(area, str(status))
            self._areas[area] = self._seconds.labels(area)
        self._known[key].inc()
        self._areas[area].observe(seconds)

    def page(self, backlog: int) -> bytes:
        """The metrics in Prometheus' text format."""
        self._backlog.set(backlog)
        return generate_latest(self._registry)

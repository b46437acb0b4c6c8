"""Prometheus metrics: one table of names that services share, and the only way to register more.

Labels are bounded by construction: only label names of `LABELS` are allowed, and their values are names that we
chose (route templates, topics, projections), never ids, addresses or paths of requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST

disable_created_metrics()  # a second series for every one, which nothing of ours reads

_OF_HTTP = {"method", "route", "status"}
_OF_EVENTS = {"context", "group", "projection", "shard", "source", "topic", "type"}
LABELS = frozenset({"dep", "kind", "outcome", "phase", "reason", "result", "role", "step"} | _OF_HTTP | _OF_EVENTS)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Default buckets of durations, from a fast command to a long wait."""

_METRICS: dict[str, Counter | Gauge | Histogram] = {}


def counter(name: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
    """A count that only grows; asking for the same name again gives the same metric."""
    _check(labels)
    made = _METRICS.setdefault(name, _METRICS.get(name) or Counter(name, meaning, labels))
    assert isinstance(made, Counter)
    return made


def gauge(name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
    """A value that goes up and down; asking for the same name again gives the same metric."""
    _check(labels)
    made = _METRICS.setdefault(name, _METRICS.get(name) or Gauge(name, meaning, labels))
    assert isinstance(made, Gauge)
    return made


def histogram(name: str, meaning: str, labels: Sequence[str] = (), buckets: Sequence[float] = SECONDS) -> Histogram:
    """A distribution; asking for the same name again gives the same metric."""
    _check(labels)
    made = _METRICS.setdefault(name, _METRICS.get(name) or Histogram(name, meaning, labels, buckets=buckets))
    assert isinstance(made, Histogram)
    return made


def exposition() -> bytes:
    """All metrics of this process in Prometheus' text format."""
    return generate_latest(REGISTRY)


def registered() -> Mapping[str, Counter | Gauge | Histogram]:
    """Every metric by its name."""
    return _METRICS


def _check(labels: Sequence[str]) -> None:
    unknown = set(labels) - LABELS
    if unknown:
        raise ValueError(f"labels without a bound: {', '.join(sorted(unknown))}")


HTTP_REQUESTS = counter("crm_http_requests_total", "Requests answered", ("method", "route", "status"))
HTTP_SECONDS = histogram("crm_http_request_seconds", "Time until the answer began", ("method", "route"))
HTTP_IN_FLIGHT = gauge("crm_http_in_flight", "Requests without an answer yet")
HTTP_REFUSED = counter("crm_http_refused_total", "Requests refused by a limit", ("reason",))
TOKEN_FETCHES = counter("crm_identity_key_fetches_total", "Fetches of the issuer's keys", ("result",))

APPEND_CONFLICTS = counter("crm_append_conflicts_total", "Commits refused because the head had moved", ("context",))
DEDUPE_HITS = counter("crm_dedupe_hits_total", "Commands answered from an earlier commit", ("context",))
OUTBOX_PENDING = gauge("crm_outbox_pending", "Commits not yet on Kafka", ("context",))
OUTBOX_OLDEST_AGE = gauge("crm_outbox_oldest_age_seconds", "Age of the oldest commit not yet on Kafka", ("context",))

PROJECTION_LAG = gauge(
    "crm_projection_lag_seconds", "Age of the oldest event not applied; 0 when caught up", ("projection",)
)
PROJECTION_EVENTS = counter("crm_projection_events_total", "Events seen by a projection", ("projection", "result"))
CONSUMER_LAG = gauge("crm_consumer_lag_records", "Records behind the end of the topic", ("group", "topic"))
REBALANCES = counter("crm_rebalances_total", "Times a consumer's partitions were assigned anew", ("group",))
COMMIT_FAILURES = counter("crm_commit_failures_total", "Offset commits that failed", ("group",))
UNKNOWN_EVENTS = counter("crm_unknown_event_total", "Events of a type this build does not know", ("topic",))
PARKED_STREAMS = gauge("crm_dlq_unresolved", "Streams parked and not yet released", ("projection",))

TIMER_LATENESS = histogram("crm_timer_lateness_seconds", "From when a reminder was due to when it was claimed")
EMAIL_INGEST = counter("crm_email_ingest_total", "Mails by what became of them", ("result",))
EMAIL_OLDEST_OPEN_AGE = gauge("crm_email_oldest_open_age_seconds", "Age of the oldest mail taken and not yet filed")
EMAIL_REFUSED = gauge(
    "crm_email_refused", "Deliveries of mail that the activity service refused for good within the last day"
)
DEPENDENCY_UP = gauge("crm_dependency_up", "1 if the last probe of a dependency succeeded", ("dep",))

"""What is measured about projections."""

from __future__ import annotations

from dossier.telemetry import metrics

EVENTS = metrics.PROJECTION_EVENTS
"""By result: applied, skipped (older), healed (came from the feed), held (its stream waits), hostile (not ours),
unknown (of no stream the owner knows)."""
APPLIED, SKIPPED, HEALED, HELD, HOSTILE, UNKNOWN = "applied", "skipped", "healed", "held", "hostile", "unknown"

LAG = metrics.PROJECTION_LAG
PARKED = metrics.PARKED_STREAMS
REBALANCES = metrics.REBALANCES
RECORDS_BEHIND = metrics.CONSUMER_LAG
COMMIT_FAILURES = metrics.COMMIT_FAILURES
UNKNOWN_TYPES = metrics.UNKNOWN_EVENTS
FAILING = metrics.gauge("crm_projection_failing_streams", "Streams tried again, not yet parked", ("projection",))
AHEAD = metrics.gauge(
    "crm_projection_ahead_streams", "Streams applied beyond what their owner has; they need a rebuild", ("projection",)
)
JOBS = metrics.gauge("crm_projection_jobs", "Open fan-out jobs", ("projection",))
STOPPED = metrics.gauge("crm_projection_stopped", "1 if too many streams are set aside", ("projection",))
COMPARISONS = metrics.counter(
    "crm_projection_heads_compared_total", "Comparisons of all heads, by what led to them", ("projection", "reason")
)
HEALED_STREAMS = metrics.counter(
    "crm_projection_healed_streams_total", "Streams healed from a feed, by what showed it", ("projection", "reason")
)

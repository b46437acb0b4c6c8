"""Metrics have bounded labels and one name each."""

from __future__ import annotations

import pytest

from dossier.telemetry import metrics
from dossier.testing.sample import SampleSettings, roles
from dossier.testing.services import running

TABLE = {
    "crm_projection_lag_seconds": {"projection"},
    "crm_projection_events_total": {"projection", "result"},
    "crm_consumer_lag_records": {"group", "topic"},
    "crm_outbox_oldest_age_seconds": {"context"},
    "crm_outbox_pending": {"context"},
    "crm_timer_lateness_seconds": set(),
    "crm_dlq_unresolved": {"projection"},
    "crm_rebalances_total": {"group"},
    "crm_commit_failures_total": {"group"},
    "crm_append_conflicts_total": {"context"},
    "crm_dedupe_hits_total": {"context"},
    "crm_unknown_event_total": {"topic"},
    "crm_email_ingest_total": {"result"},
    "crm_dependency_up": {"dep"},
}


def test_the_table_of_names_is_registered_with_its_labels() -> None:
    found = {name: set(metric._labelnames) for name, metric in metrics.registered().items()}
    assert found.items() >= TABLE.items()


def test_a_label_without_a_bound_is_refused() -> None:
    for label in ("contact", "user", "path", "url"):
        with pytest.raises(ValueError, match=label):
            metrics.counter(f"crm_test_{label}_total", "A test", (label,))


def test_the_same_name_is_the_same_metric() -> None:
    assert metrics.gauge("crm_test_value", "A test") is metrics.gauge("crm_test_value", "A test")


async def test_requests_are_counted_by_route_template_not_by_path(mongo_url: str, database_name: str) -> None:
    counted = metrics.HTTP_REQUESTS.labels("PUT", "/groups/{id}/name", "404")
    before = counted._value.get()
    async with running(SampleSettings, roles, mongo_url, database_name) as sample:
        for number in range(3):
            await sample.call("PUT", f"/groups/01900000-0000-7000-8000-00000000000{number}/name", {"name": "B"})
            await sample.call("GET", f"/nowhere/{number}?name=Zebulon")
        text = (await sample.http.get("/metrics")).text
    assert counted._value.get() == before + 3
    assert 'crm_http_requests_total{method="GET",route="(none)",status="404"}' in text
    assert "nowhere" not in text
    assert "01900000" not in text

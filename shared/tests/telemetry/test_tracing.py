"""Traces go from the request through the commit on, and a caller's own trace is not cut when we record nothing."""

from __future__ import annotations

import pytest

from dossier.contracts.recorded import from_headers, to_headers
from dossier.telemetry import context, tracing
from dossier.telemetry.context import CallContext
from dossier.testing.sample import SampleSettings, roles
from dossier.testing.services import running
from dossier.testing.spans import recorded_spans

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


async def test_a_request_s_trace_goes_through_commit_kafka_headers_and_projection(
    mongo_url: str, database_name: str
) -> None:
    with recorded_spans() as spans:
        async with running(SampleSettings, roles, mongo_url, database_name) as sample:
            body = {"name": "Zebulon"}
            made = await sample.call("POST", "/groups", body, headers={"traceparent": PARENT}, expect=201)
            (event,) = await sample.store.read(made.json()["stream"])
        with tracing.span("relay.publish", parent=event.traceparent, kind="producer"):
            headers = {name: value.decode() for name, value in to_headers(event)}
            headers["traceparent"] = tracing.traceparent()
        delivered = from_headers(headers, bytes(event.data))
        with tracing.span("projection.apply", parent=delivered.traceparent, kind="consumer"):
            pass
    names = ["POST /groups", "relay.publish", "projection.apply"]
    assert {("POST /groups", "relay.publish"), ("relay.publish", "projection.apply")} <= spans.edges()
    for name in names:
        (span,) = spans.named(name)
        assert span.context is not None
        assert f"{span.context.trace_id:032x}" == TRACE
        assert "Zebulon" not in span.to_json()


async def test_the_span_of_a_request_carries_route_and_status_and_no_text_of_errors(
    mongo_url: str, database_name: str
) -> None:
    with recorded_spans() as spans:
        async with running(SampleSettings, roles, mongo_url, database_name) as sample:
            await sample.call("POST", "/odd/break/Zebulon", {"name": "Zebulon"}, expect=500)
    (span,) = spans.named("POST /odd/break/{what}")
    assert span.attributes == {"http.route": "/odd/break/{what}", "http.response.status_code": 500}
    assert "Zebulon" not in span.to_json()


def test_an_exception_leaves_its_type_and_nothing_else() -> None:
    with recorded_spans() as spans, pytest.raises(ValueError, match="Zebulon"), tracing.span("work"):
        raise ValueError("Zebulon")
    (span,) = spans.named("work")
    assert span.attributes == {"error.type": "ValueError"}
    assert not span.events
    assert "Zebulon" not in span.to_json()


def test_a_replay_begins_its_own_trace_and_links_to_what_it_replays() -> None:
    with recorded_spans() as spans, tracing.span("replay", links=[PARENT, "broken"], attributes={"replay": True}):
        pass
    (span,) = spans.named("replay")
    assert span.parent is None
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [TRACE]


def test_without_a_collector_nothing_is_recorded_and_the_caller_s_trace_travels_on() -> None:
    tracing.configure("sample", "")
    assert tracing.provider() is None
    with context.entered(CallContext("c", "", PARENT)), tracing.span("work", parent=PARENT) as span:
        assert span is None
        assert tracing.traceparent() == PARENT
    assert tracing.traceparent() == ""


@pytest.mark.parametrize(
    "text",
    ["", "x", f"00-{'0' * 32}-b7ad6b7169203331-01", f"00-{TRACE}-{'0' * 16}-01", f"01-{TRACE}-b7ad6b7169203331-01"],
)
def test_what_is_no_traceparent_is_not_taken_for_one(text: str) -> None:
    assert not tracing.is_traceparent(text)
    with recorded_spans() as spans, tracing.span("work", parent=text):
        pass
    assert spans.named("work")[0].parent is None


def test_an_unreachable_collector_delays_the_end_by_seconds_only() -> None:
    import time

    tracing.configure("sample", "http://127.0.0.1:9")
    with tracing.span("work"):
        pass
    began = time.monotonic()
    tracing.shutdown()
    assert time.monotonic() - began < 3
    assert tracing.provider() is None

"""The contract holds: what was ever released decodes for ever, and redacted events are events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dossier.contracts import EVENTS, UndecodableEvent, UnknownEvent, decode, decode_fields, encode
from dossier.contracts.addresses import SavedSearchChanged
from dossier.contracts.base import REDACTED, UPCASTERS, Event, Value, event, personal_fields, upcaster
from dossier.contracts.documents import asyncapi, json_schemas, rendered
from dossier.contracts.recorded import RecordedEvent, from_headers, from_line, to_headers, to_line
from dossier.contracts.redaction import redacted

SAMPLES = Path(__file__).parent / "samples"
DOCS = Path(__file__).parents[3] / "docs"
RELEASED = sorted(path.name.removesuffix(".json") for path in SAMPLES.glob("*.json") if ".redacted." not in path.name)


def sample(name: str) -> tuple[str, int, bytes]:
    event_type, _, version = name.rpartition(".v")
    return event_type, int(version.removesuffix(".redacted")), (SAMPLES / f"{name}.json").read_bytes()


@pytest.mark.parametrize("name", RELEASED)
def test_every_released_sample_decodes_and_says_the_same_again(name: str) -> None:
    event_type, version, raw = sample(name)
    decoded = decode(event_type, version, raw)
    if (event_type, version) in EVENTS:
        assert json.loads(encode(decoded)) == json.loads(raw)


@pytest.mark.parametrize("name", RELEASED)
def test_every_redacted_sample_decodes_and_holds_nothing_personal(name: str) -> None:
    event_type, version, raw = sample(f"{name}.redacted")
    decoded = decode(event_type, version, raw)
    assert _personal_values(decoded) <= {REDACTED}
    if (event_type, version) in EVENTS:
        assert redacted(decode(*sample(name))) == decoded


def test_every_event_has_a_sample_that_sets_every_field() -> None:
    for (event_type, version), model in EVENTS.items():
        name = f"{event_type}.v{version}"
        assert name in RELEASED, f"{name}: no sample"
        assert decode(*sample(name)).model_fields_set == set(model.model_fields), name


def test_every_upcaster_starts_at_a_released_version() -> None:
    for event_type, version in UPCASTERS:
        assert f"{event_type}.v{version}" in RELEASED


def test_every_event_says_when_it_happens() -> None:
    assert [model.__name__ for model in EVENTS.values() if not (model.__doc__ or "").strip()] == []


def test_every_whole_number_of_an_event_fits_into_64_bits() -> None:
    """What no database holds must not be decoded: it is parked by its stream instead of failing anywhere later."""
    numbers = [(name, number) for name, schema in json_schemas() for number in _of_type(schema, "integer")]
    assert numbers
    unbound = [
        name
        for name, number in numbers
        if not -(2**63) <= number.get("minimum", -(2**64)) <= number.get("maximum", 2**64) < 2**63
    ]
    assert unbound == []


def _of_type(schema: Any, kind: str) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [found for part in schema for found in _of_type(part, kind)]
    if not isinstance(schema, dict):
        return []
    own = [schema] if schema.get("type") == kind or kind in schema.get("type", ()) else []
    return own + [found for part in schema.values() for found in _of_type(part, kind)]


@pytest.mark.parametrize(
    ("event_type", "field", "number"),
    [
        ("crm.activities.activity-recorded", "duration_minutes", 2**63),
        ("crm.activities.activity-recorded", "nobody_knows_this", {"deep": [-(2**63) - 1]}),
        ("crm.activities.activity-recorded", "duration_minutes", 10**400),
    ],
)
def test_a_number_beyond_64_bits_makes_an_event_undecodable_on_every_way(
    event_type: str, field: str, number: Any
) -> None:
    raw = json.dumps(json.loads(sample(f"{event_type}.v1")[2]) | {field: number}).encode()
    with pytest.raises(UndecodableEvent):
        decode(event_type, 1, raw)
    with pytest.raises(UndecodableEvent):
        decode_fields(event_type, 1, msgspec.Raw(raw))


def test_what_could_not_be_read_back_is_not_encoded() -> None:
    event = SavedSearchChanged(parameters={"n": 2**63})
    with pytest.raises(ValueError, match="64 bits"):
        encode(event)


def test_long_digits_in_a_text_and_the_longest_number_are_nothing_special() -> None:
    event_type, version, raw = sample("crm.activities.activity-recorded.v1")
    given = json.loads(raw) | {"title": "9" * 40, "duration_minutes": 2**53 - 1}
    assert decode_fields(event_type, version, json.dumps(given).encode()) == given
    assert encode(decode(event_type, version, json.dumps(given).encode()))


def test_committed_documents_are_fresh() -> None:
    committed = {path.name: path.read_text() for path in (DOCS / "schemas").glob("*.json")}
    assert committed == {name: rendered(schema) for name, schema in json_schemas()}, "run `make docs`"
    assert (DOCS / "asyncapi.json").read_text() == rendered(asyncapi()), "run `make docs`"


def test_an_upcaster_lifts_an_old_version() -> None:
    @event("testing", version=2)
    class ThingNamed(Event):
        """A thing got a name."""

        name: str

    try:
        upcaster(ThingNamed.event_type, 1)(lambda fields: {"name": fields["title"]})
        assert decode(ThingNamed.event_type, 1, b'{"title":"x"}') == ThingNamed(name="x")
    finally:
        UPCASTERS.pop((ThingNamed.event_type, 1), None)
        EVENTS.pop((ThingNamed.event_type, 2), None)


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"[]", b"null", b'{"name":', b'{"name": 3}', b'{"nom": "x"}'])
def test_bad_bytes_are_undecodable_and_the_word_names_no_value(raw: bytes) -> None:
    with pytest.raises(UndecodableEvent) as refusal:
        decode("crm.addresses.company-renamed", 1, raw)
    assert "x" not in str(refusal.value).removeprefix("crm.addresses.company-renamed v1")


def test_a_type_nobody_knows_is_unknown() -> None:
    with pytest.raises(UnknownEvent):
        decode_fields("crm.addresses.company-exploded", 1, b"{}")
    with pytest.raises(UnknownEvent):
        decode_fields("crm.addresses.company-renamed", 9, b"{}")


def test_the_envelope_survives_feed_and_kafka() -> None:
    recorded = RecordedEvent(
        id="company-1:1", source="/addresses", type="crm.addresses.company-renamed", subject="company-1",
        time="2026-05-04T07:30:00.000000Z", recordedtime="2026-05-04T07:30:00.000001Z", sequence=7,
        commitsequence=3, lastincommit=True, schemaversion=1, actor="user:1", channel="user",
        correlationid="c", causationid="", batchid="b", traceparent="00-1-2-01", data=msgspec.Raw(b'{"name":"x"}'),
    )  # fmt: skip
    assert from_line(to_line(recorded)) == recorded
    headers = {name: value.decode() for name, value in to_headers(recorded)}
    assert from_headers(headers, bytes(recorded.data)) == recorded
    assert json.loads(to_line(recorded))["specversion"] == "1.0"


def _personal_values(value: Value) -> set[Any]:
    marked = personal_fields(type(value))
    found: set[Any] = set()
    for name in value.model_fields_set:
        field = getattr(value, name)
        if name in marked:
            found.add(field)
        for item in field if isinstance(field, tuple) else (field,):
            if isinstance(item, Value):
                found |= _personal_values(item)
    return found

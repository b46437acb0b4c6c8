"""Generates the published form of the contract: JSON Schemas of all events and one AsyncAPI 3.0 document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dossier.contracts import EVENTS
from dossier.contracts.base import Event
from dossier.contracts.recorded import HEADER_NAMES

CONTEXTS = {
    "addresses": "Companies, persons, contacts and couples",
    "engagements": "Projects, opportunities and invoices",
    "activities": "Everything that was said, written, agreed or is due",
    "emails": "Deliveries and messages of the mail gateway",
    "notifications": "Reminder rules and preferences",
    "directory": "Users and groups",
}


def schema_name(event_type: str, version: int) -> str:
    """File name of an event's JSON Schema."""
    return f"{event_type}.v{version}.json"


def json_schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """(file name, JSON Schema) of every registered event, in order of name."""
    for (event_type, version), model in sorted(EVENTS.items()):
        schema = model.model_json_schema()
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        yield schema_name(event_type, version), schema


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document: one channel per context, all its event types in it."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for context, summary in CONTEXTS.items():
        events = {key: model for key, model in sorted(EVENTS.items()) if key[0].startswith(f"crm.{context}.")}
        names = [f"{event_type}.v{version}" for event_type, version in events]
        channels[context] = {
            "address": f"crm.{context}",
            "title": f"crm.{context}",
            "description": f"{summary}. Record key: stream id. Order holds within a stream; delivery is at least once.",
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        }
        operations[f"publish-{context}"] = {"action": "send", "channel": {"$ref": f"#/channels/{context}"}}
        messages |= {name: _message(*key, events[key]) for name, key in zip(names, events, strict=True)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Dossier events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in Kafka binary mode; the value is the event's data as JSON.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"CloudEventHeaders": _header_schema()}},
    }


def _message(event_type: str, version: int, model: type[Event]) -> dict[str, Any]:
    return {
        "name": event_type,
        "title": f"{model.__name__} v{version}",
        "summary": (model.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": {"$ref": f"./schemas/{schema_name(event_type, version)}"},
    }


def _header_schema() -> dict[str, Any]:
    optional = {"ce_batchid", "traceparent"}
    return {
        "type": "object",
        "properties": {name: {"type": "string"} for name in HEADER_NAMES},
        "required": [name for name in HEADER_NAMES if name not in optional],
    }


def write(folder: Path) -> None:
    """Write all documents below the folder and remove schemas of events that are gone."""
    schemas = folder / "schemas"
    schemas.mkdir(parents=True, exist_ok=True)
    wanted = dict(json_schemas())
    for stale in (path for path in schemas.glob("*.json") if path.name not in wanted):
        stale.unlink()
    for name, schema in wanted.items():
        (schemas / name).write_text(rendered(schema))
    (folder / "asyncapi.json").write_text(rendered(asyncapi()))


def rendered(document: dict[str, Any]) -> str:
    """The exact text that is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write(Path("docs"))

"""What erasure leaves of an event: its structure, with every personal value replaced by `redacted`."""

from __future__ import annotations

from typing import cast

from dossier.contracts.base import REDACTED, Value, personal_fields


def redacted(value: Value) -> Value:
    """A copy without personal data; what was not set stays unset."""
    marked = personal_fields(type(value))
    fields = {name: _inside(getattr(value, name), name in marked) for name in value.model_fields_set}
    return type(value).model_validate(fields)


def _inside(value: object, marked: bool) -> object:
    if marked:
        return None if value is None else REDACTED
    if isinstance(value, Value):
        return redacted(value)
    if isinstance(value, tuple):
        return tuple(_inside(item, False) for item in cast("tuple[object, ...]", value))
    return value

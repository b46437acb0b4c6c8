"""The base of all events, the registry of their types, and the mark for personal data.

An event type is named `crm.<context>.<kebab-case class name>` and carries an explicit schema version.
Adding an optional field is allowed within a version; changing a meaning is a new version with an upcaster
(design: "Events are the contract").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

REDACTED = "redacted"

T = TypeVar("T")
E = TypeVar("E", bound="type[Event]")


class PersonalMark:
    """Marks a field that holds personal data: erasure replaces its value by `redacted`."""


Personal = Annotated[T | Literal["redacted"], PersonalMark()]
"""`Personal[str]`: a value of personal data, or the word that stands for it after erasure."""

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
Id = Annotated[str, StringConstraints(pattern=UUID_PATTERN)]
"""A canonical lower-case UUID (version 7 where we make it)."""

EARLIEST = date(1900, 1, 1)
"""The first day that anything can be due or done on: one before is a year with digits missing."""

Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""A whole number that every reader of JSON and every database holds exactly."""

Order = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
"""A place in a list: lower comes first, and what says nothing stands at 0."""


class Value(BaseModel):
    """A value inside an event: frozen, closed, compared by content."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Event(Value):
    """Something that happened. Subclasses are named in the past tense and registered with `@event`."""

    event_type: ClassVar[str]
    schema_version: ClassVar[int]


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

EVENTS: dict[tuple[str, int], type[Event]] = {}
"""Every event class of the newest version of its type, by (type, schema version)."""
UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""The step from (type, version) to version + 1, on decoded JSON."""


def event(context: str, version: int = 1) -> Callable[[E], E]:
    """Register an event class under `crm.<context>.<kebab name>` and its schema version."""

    def register(cls: E) -> E:
        kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()
        cls.event_type = f"crm.{context}.{kebab}"
        cls.schema_version = version
        if (cls.event_type, version) in EVENTS:
            raise ValueError(f"{cls.event_type} v{version} is registered twice")
        EVENTS[cls.event_type, version] = cls
        return cls

    return register


def upcaster(event_type: str, from_version: int) -> Callable[[Upcaster], Upcaster]:
    """Register the function that turns `from_version` of a type into the next version."""

    def register(function: Upcaster) -> Upcaster:
        UPCASTERS[event_type, from_version] = function
        return function

    return register


def personal_fields(model: type[BaseModel]) -> frozenset[str]:
    """Names of the model's own fields that are marked personal (nested models answer for themselves)."""
    return frozenset(
        name
        for name, field in model.model_fields.items()
        if any(isinstance(mark, PersonalMark) for mark in field.metadata)
        or any(_is_personal(argument) for argument in get_args(field.annotation))
    )


def _is_personal(annotation: object) -> bool:
    marks: tuple[object, ...] = getattr(annotation, "__metadata__", ())
    return any(isinstance(mark, PersonalMark) for mark in marks)

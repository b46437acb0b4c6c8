"""Bases of request and response models."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import (
    CoreSchema,
    InitErrorDetails,
    PydanticCustomError,
    PydanticSerializationError,
    core_schema,
    to_json,
)

from dossier.contracts.base import Id
from dossier.ids import NIL

T = TypeVar("T")

_BY_INIT = "by-init"
_TEXTS = frozenset(
    {"text", "body", "lines", "own_lines", "reason", "remark", "remarks", "private_remarks", "note", "description"}
)
"""Fields that may have several lines. What else a text holds does not matter: a mail's text is kept as it came."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


_CALENDAR = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, 23, 59, 59, 999999, UTC)


def _in_every_place(moment: datetime) -> datetime:
    first, last = _CALENDAR
    if not first <= moment <= last:
        raise PydanticCustomError("calendar", "must lie in the years 1 to 9999, in every time zone")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_in_every_place)]
"""A moment in a request. The calendar of our libraries ends: what no other place has a date for is refused."""


def _somebodys(identifier: str) -> str:
    if identifier == NIL:
        raise PydanticCustomError("own_id", "the nil UUID is nobody's own id")
    return identifier


NewId = Annotated[Id, AfterValidator(_somebodys)]
"""An id of the client's own making. The nil UUID is what an unset variable holds: what all such clients make would be
one."""


class Request(BaseModel):
    """A request body, or a part of one: closed and strict.

    Unknown fields are refused, `"1"` is no number and `true` neither; dates, times and tuples are read from their
    JSON forms. FastAPI hands over decoded JSON, whose strict check would refuse every date, so a decoded body is
    checked as the JSON it came from. Control characters belong in texts of several lines only.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    def __init__(self, **data: Any) -> None:
        """Made in Python (in tests): values have their Python types."""
        self.__pydantic_validator__.validate_python(data, self_instance=self, context=_BY_INIT)

    __init__.__pydantic_base_init__ = True  # pyright: ignore[reportFunctionMemberAccess]  (keeps JSON checks native)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The model's own schema for JSON, and for decoded JSON the way back through JSON."""
        schema = handler(source)

        def check(value: Any, inner: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
            if isinstance(value, dict) and info.context != _BY_INIT:
                return cls.__pydantic_validator__.validate_json(_json(value))
            return inner(value)

        return core_schema.json_or_python_schema(schema, core_schema.with_info_wrap_validator_function(check, schema))

    @model_validator(mode="after")
    def _of_one_line(self) -> Self:
        """Refuse control characters in what is a name or a title; texts may have several lines."""
        wrong = [
            InitErrorDetails(type=PydanticCustomError("one_line", "holds control characters"), loc=(name,), input="")
            for name, value in self.__dict__.items()
            if isinstance(value, str) and name not in _TEXTS and _CONTROL.search(value)
        ]
        if wrong:
            raise ValidationError.from_exception_data(type(self).__name__, wrong)
        return self


class Changes(Request):
    """A request of which every field may be left out and then stays as it is.

    The description shows no defaults: a client that sent them would change what nobody meant to change.
    """

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The fields without their defaults."""
        schema = handler(core)
        for field in handler.resolve_ref_schema(schema).get("properties", {}).values():
            field.pop("default", None)
        return schema


def _json(value: Any) -> bytes:
    try:
        return to_json(value)
    except PydanticSerializationError:
        # Half a surrogate pair: JSON's escapes can spell it, but no text can hold it.
        raise PydanticCustomError("string_unicode", "is no valid text") from None


class Answer(BaseModel):
    """What every command answers: the stream it changed, and where that stream stands now.

    `commit` goes into `If-Match` of the next command on the same thing. `part` is the id of what was added to it: a
    role, a channel, a keyword of a group; null for commands that add no part.
    """

    id: str
    stream: str
    commit: int
    version: int
    replayed: bool = False
    part: str | None = None


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the following one, absent on the last."""

    items: list[T]
    next: str | None = None


class Window(Page[T], Generic[T]):
    """One page of a list that is read both ways; `previous` is the cursor of the one before, absent on the first."""

    previous: str | None = None

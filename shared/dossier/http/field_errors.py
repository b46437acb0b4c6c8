"""What pydantic finds wrong with a field of a request, in the words of a problem document, which hold no value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, get_args

from pydantic_core.core_schema import ErrorType

from dossier.contracts.addresses.common import GENDER_PATTERN
from dossier.contracts.base import UUID_PATTERN

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
"""What a field or parameter can be called; anything else is not repeated in an answer."""

_RULES = {
    "missing": ("required", "is required"),
    "extra_forbidden": ("known-field", "is not a field of this request"),
    "string_too_long": ("max-length", "may have at most {max_length} characters"),
    "string_too_short": ("min-length", "must have at least {min_length} characters"),
    "too_long": ("max-items", "may have at most {max_length} items"),
    "too_short": ("min-items", "must have at least {min_length} items"),
    "greater_than": ("minimum", "must be greater than {gt}"),
    "greater_than_equal": ("minimum", "must be at least {ge}"),
    "less_than": ("maximum", "must be less than {lt}"),
    "less_than_equal": ("maximum", "must be at most {le}"),
    "literal_error": ("one-of", "must be one of {expected}"),
    "enum": ("one-of", "must be one of {expected}"),
    "union_tag_invalid": ("one-of", "must be one of {expected_tags}"),
    "union_tag_not_found": ("required", "must say which kind it is"),
    "string_unicode": ("text-encoding", "is no valid text"),
    "one_line": ("one-line", "must be one line without control characters"),
    "finite_number": ("number", "must be a finite number"),
    "model_attributes_type": ("type", "must be an object"),
}
_EXPECTED = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "date": "a date (YYYY-MM-DD)",
    "datetime": "a date and time with time zone (RFC 3339)",
    "timezone": "a date and time with time zone (RFC 3339)",
    "time": "a time (HH:MM)",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen": "a list",
    "dict": "an object",
    "model": "an object",
    "uuid": "a UUID",
}


CODE = "^[a-z][a-z0-9_]{0,49}$"
"""The short name of an entry of a configurable list."""
ADDRESS_STREAM = f"^(company|person|contact|couple)-{UUID_PATTERN.removeprefix('^')}"
"""An address by type and id, such as `company-018f…`."""
_FORMS: dict[str, str] = {
    UUID_PATTERN: "a UUID in lower case",
    ADDRESS_STREAM: "company-, person-, contact- or couple- and a UUID in lower case",
    GENDER_PATTERN: "1 to 30 lower-case letters and underscores, beginning with a letter",
    "^[A-Z]$": "one capital letter",
    "^[A-Z]{2}$": "two capital letters",
    "^[A-Z]{3}$": "three capital letters",
    "^[a-z]{2}$": "two lower-case letters",
    CODE: "1 to 50 lower-case letters, digits and underscores, beginning with a letter",
}
"""What a text must be that has a pattern, in words."""


def form(pattern: str, wanted: str) -> str:
    """The pattern, after it was said in words what it wants: `Field(pattern=form("^[0-9]{4}$", "four digits"))`."""
    if _FORMS.setdefault(pattern, wanted) != wanted:
        raise ValueError(f"the pattern {pattern} has other words already")
    return pattern


def form_in_words(pattern: str) -> str:
    """What the pattern wants; a pattern that nobody has put into words is shown as it is."""
    return _FORMS.get(pattern, f"of the form {pattern}")


_NO_DAY = re.compile(r"(day|month) value is outside|year 0 ")
"""What pydantic says of a day, in the right form, that the calendar does not have."""
_BUILT_IN: frozenset[str] = frozenset(get_args(ErrorType))
_ONE = re.compile(r"\b1 (item|character)s")
_ONLY = re.compile(r"one of ('[^']*')$")
_MUST_BE = "must be "
_MEMBER_OF_UNION = re.compile(r"constrained-[a-z]+")
"""What pydantic calls a member of a union that has no name of its own: nothing that a request says."""


def field_errors(found: Sequence[Mapping[str, Any]], most: int) -> list[dict[str, str]]:
    """Up to so many of pydantic's errors. A list that seems too short as an item of it is wrong lacks nothing else, and
    what a field may be one or the other of is told in one error."""
    places = [tuple(item["loc"]) for item in found]
    holders = {place[:end] for place in places for end in range(len(place))}
    kept = (item for item, at in zip(found, places, strict=True) if item["type"] != "too_short" or at not in holders)
    told: list[dict[str, str]] = []
    alternatives: dict[tuple[str, str], dict[str, str]] = {}
    for error in map(_field_error, islice(kept, most)):
        first = alternatives.setdefault((error["in"], error["field"]), error)
        if first is error or not (first["detail"].startswith(_MUST_BE) and error["detail"].startswith(_MUST_BE)):
            told.append(error)
        else:
            first["detail"] += f", or {error['detail'].removeprefix(_MUST_BE)}"
    return told


def _field_error(item: Mapping[str, Any]) -> dict[str, str]:
    """Field, rule, detail and place of one of pydantic's errors."""
    kind = str(item["type"])
    place = [part for part in item["loc"] if not isinstance(part, str) or _is_said(part)]
    location = str(place[0]) if place else "body"
    said = place[1:2] if location == "query" else place[1:]  # a parameter that is said twice has no numbers
    field = ".".join(str(part) for part in said) or location
    rule, detail = _rule(kind, item.get("ctx") or {}, str(item["msg"]))
    return {"field": field, "rule": rule, "detail": detail, "in": location}


def _is_said(part: str) -> bool:
    """Whether this part of a place is a name that a request can say."""
    return NAME.fullmatch(part) is not None and _MEMBER_OF_UNION.fullmatch(part) is None


def _rule(kind: str, limits: Mapping[str, Any], text: str) -> tuple[str, str]:
    """Rule and detail of a field error. `text` is what a check of our own says, in words that hold no value."""
    if kind == "string_pattern_mismatch":
        return "format", f"must be {form_in_words(str(limits.get('pattern')))}"
    if kind in _RULES:
        rule, detail = _RULES[kind]
        said = detail.format_map({name: str(limit) for name, limit in limits.items()})
        return rule, _ONLY.sub(r"\1", _ONE.sub(r"1 \1", said))
    if _NO_DAY.match(str(limits.get("error"))):
        return "format", "names a day that does not exist"
    family, _, failure = kind.partition("_")
    if family in _EXPECTED:
        rule = "type" if failure.endswith("type") else "format"
        return rule, f"must be {_EXPECTED[family]}"
    return kind.replace("_", "-"), "is not valid" if kind in _BUILT_IN else text

"""What is wrong with a field is said in words that help, and hold nothing of what was sent."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from dossier.http.field_errors import field_errors
from dossier.http.models import Moment, Request

FORM, NO_DAY = "must be a date (YYYY-MM-DD)", "names a day that does not exist"


class Dated(Request):
    on: date | None = None
    at: Moment | None = None


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("on", "2026-02-30", NO_DAY),
        ("on", "2026-13-01", NO_DAY),
        ("on", "0000-01-01", NO_DAY),
        ("on", "30.02.2026", FORM),
        ("on", "2026-2-3", FORM),
        ("at", "2026-02-30T10:00:00Z", NO_DAY),
        ("at", "2026-02-03T25:00:00Z", "must be a date and time with time zone (RFC 3339)"),
    ],
)
def test_a_day_that_does_not_exist_is_told_from_one_of_the_wrong_form(field: str, typed: str, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Dated).validate_python({field: typed})
    (told,) = field_errors([{**each, "loc": ("body", *each["loc"])} for each in caught.value.errors()], 5)
    assert told == {"field": field, "rule": "format", "detail": said, "in": "body"}


def test_a_day_in_a_query_is_judged_alike() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(date).validate_python("2026-02-30")
    (told,) = field_errors([{**each, "loc": ("query", "on")} for each in caught.value.errors()], 5)
    assert told["detail"] == NO_DAY

"""Names and titles are one line; only texts have several."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from dossier.http.models import Request


class Named(Request):
    name: str
    text: str = ""


class Several(Request):
    first: Named
    others: tuple[Named, ...] = ()


CONTROLS = [*map(chr, range(32)), "\x7f"]


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("road", ["decoded", "json"])
def test_a_control_character_in_a_name_is_refused_wherever_the_name_is(control: str, road: str) -> None:
    adapter = TypeAdapter(Several)
    body: dict[str, Any] = {"first": {"name": "A"}, "others": [{"name": "B"}, {"name": f"C{control}"}]}
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(body) if road == "decoded" else adapter.validate_json(json.dumps(body))
    assert [(error["type"], error["loc"]) for error in caught.value.errors()] == [("one_line", ("others", 1, "name"))]
    with pytest.raises(ValidationError):
        Named(name=control)


def test_a_text_keeps_its_lines_and_tabs() -> None:
    text = "first\n\tsecond\r\nthird"
    assert TypeAdapter(Named).validate_python({"name": "A", "text": text}).text == text
    assert Named(name="\u00c4nne \u2028", text=text).text == text

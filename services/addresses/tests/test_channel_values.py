"""Values are kept as typed and compared in one form (COM-01)."""

from __future__ import annotations

import pytest

from addresses.channel_values import normalise
from addresses.domain.book.effective import action
from dossier.contracts.addresses import ChannelKind
from dossier.contracts.rules import RuleViolation


@pytest.mark.parametrize(
    ("kind", "typed", "compared"),
    [
        ("T", "044 668 18 00", "+41446681800"),
        ("T", "+41 (0)44 668 18 00", "+41446681800"),
        ("M", "0041 79 123 45 67", "+41791234567"),
        ("T", "+49 30 901820 ext. 12", "+4930901820;ext=12"),
        ("F", "+1 650 253 0000", "+16502530000"),
        ("E", "Eva@Office.Example", "eva@office.example"),
        ("H", "www.Office.example/", "https://www.office.example"),
        ("L", "linkedin.com/in/eva/", "https://linkedin.com/in/eva"),
        ("R", " HB9XYZ ", "HB9XYZ"),
        ("H", "HTTP://office.example:8080/Team?x=1#top", "http://office.example:8080/Team?x=1"),
    ],
)
def test_com_01_one_value_has_one_comparable_form(kind: ChannelKind, typed: str, compared: str) -> None:
    assert normalise(kind, typed, "CH") == compared


@pytest.mark.parametrize(
    ("kind", "normalised", "opens"),
    [
        ("T", "+41446681800", "tel:+41446681800"),
        ("M", "+41791234567;ext=2", "tel:+41791234567;ext=2"),
        ("E", "eva+dossier?x@office.example", "mailto:eva%2Bdossier%3Fx@office.example"),
        ("H", "https://office.example", "https://office.example"),
        ("L", "https://linkedin.com/in/eva", "https://linkedin.com/in/eva"),
        ("F", "+41446681801", None),
        ("R", "HB9XYZ", None),
    ],
)
def test_com_11_each_channel_says_what_opens_it(kind: ChannelKind, normalised: str, opens: str | None) -> None:
    assert action(kind, normalised) == opens


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("T", "call me"),
        ("T", ""),
        ("M", "12"),
        ("F", "+41 1234567890123456"),
        ("E", "eva at office.example"),
        ("H", "ftp://office.example"),
        ("H", "javascript:alert(1)"),
        ("H", "https://eva:secret@office.example"),
        ("H", "https://[office"),
        ("H", "office.example:port"),
        ("H", "two words"),
        ("H", " "),
        ("L", "eva muster"),
        ("H", "office.example/" + "x" * 305),
        ("R", " "),
    ],
)
def test_com_01_a_value_that_cannot_be_is_refused_without_repeating_it(kind: ChannelKind, typed: str) -> None:
    with pytest.raises(RuleViolation) as refusal:
        normalise(kind, typed, "CH")
    assert (refusal.value.rule, refusal.value.field) == ("COM-01", "value")
    assert refusal.value.detail.startswith("not a ")
    assert "port'" not in refusal.value.detail

"""The comparable form of mail addresses."""

from __future__ import annotations

import pytest

from dossier.mail_address import normalise_mail_address


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        (" Eva.Muster@Example.COM ", "eva.muster@example.com"),
        ("info@xn--mller-kva.example", "info@müller.example"),
        ("info@Müller.example", "info@müller.example"),
        ("scan@printer.local", "scan@printer.local"),
        ("eva+crm@example.com", "eva+crm@example.com"),
    ],
)
def test_the_same_mailbox_has_one_comparable_form(typed: str, compared: str) -> None:
    assert normalise_mail_address(typed) == compared
    assert normalise_mail_address(compared) == compared


@pytest.mark.parametrize("typed", ["", "eva", "eva@", "@example.com", "e va@example.com", "a@b@c", "x" * 400 + "@a.ch"])
def test_what_is_no_mail_address_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^not a mail address$"):
        normalise_mail_address(typed)

"""Channel values in the form in which they are compared. Nothing is asked of any network."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import phonenumbers

from dossier.contracts.addresses import ChannelKind
from dossier.contracts.rules import RuleViolation
from dossier.mail_address import normalise_mail_address

_LONGEST = 320
"""What an event can hold; the scheme of a web address may come on top of what was typed."""


def normalise(kind: ChannelKind, value: str, region: str) -> str:
    """The comparable form of a value as typed: E.164 (and extension), lower-case mail address, or web address.

    What a letter that is not built in stands for nobody knows: its values are compared as typed, without space around.
    `region` (ISO 3166 code) is the country of numbers typed without a country code. Raises RuleViolation COM-01, which
    does not repeat the value.
    """
    try:
        compared = _normalised(kind, value, region)
        if len(compared) > _LONGEST:
            raise ValueError("not a value that can be kept: too long")
    except ValueError as error:
        raise RuleViolation("COM-01", str(error), "value") from None
    return compared


def _normalised(kind: ChannelKind, value: str, region: str) -> str:
    match kind:
        case "E":
            return normalise_mail_address(value)
        case "H" | "L":
            return _web_address(value)
        case "T" | "M" | "F":
            return _number(value, region)
        case _:
            return _as_typed(value)


def _number(value: str, region: str) -> str:
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        raise ValueError("not a telephone number") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("not a telephone number: too short or too long for its country")
    extension = f";ext={number.extension}" if number.extension else ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) + extension


def _web_address(value: str) -> str:
    value = value.strip()
    try:
        parts = urlsplit(value if "://" in value else f"https://{value}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        # Its message repeats the value.
        raise ValueError("not a web address") from None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme.lower() not in ("http", "https") or not host or parts.username or any(map(str.isspace, value)):
        raise ValueError("not a web address")
    return urlunsplit((parts.scheme.lower(), host + port, parts.path.rstrip("/"), parts.query, ""))


def _as_typed(value: str) -> str:
    value = value.strip()
    if not value:
        raise ValueError("not a value: only space")
    return value

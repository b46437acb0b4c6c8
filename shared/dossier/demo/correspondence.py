"""The two hundred real mails that ship with the demo, and who wrote them."""

from __future__ import annotations

from email import message_from_bytes
from email.utils import getaddresses
from importlib.resources import files
from pathlib import Path

from dossier.mail_address import normalise_mail_address

_MACHINES = ("mailer-daemon", "postmaster", "no-reply")


def sample_mails() -> list[Path]:
    """Their files, in order."""
    folder = Path(str(files("dossier.demo") / "mails"))
    return sorted([*folder.glob("*/*.msg"), *folder.glob("*/*.eml")])


def senders() -> list[str]:
    """Mail addresses of people who wrote sample mails, in the order of their first mail."""
    found: dict[str, None] = {}
    for mail in sample_mails():
        if mail.parent.name == "mime4j":  # the other folder holds what machines wrote
            headers = message_from_bytes(mail.read_bytes())
            for _, address in getaddresses([str(headers.get("From", ""))])[:1]:
                found |= _usable(address)
    return list(found)


def _usable(address: str) -> dict[str, None]:
    try:
        normalised = normalise_mail_address(address)
    except ValueError:
        return {}
    return {} if normalised.startswith(_MACHINES) else {normalised: None}

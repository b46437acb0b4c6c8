"""Which address entries a mail belongs to.

A mail address is matched where its channel lives (EML-16): an inherited channel matches the company it is inherited
from, never every contact that shows it. Where several entries own the same mail address, a contact comes before a
person and a person before a company (EML-15); several of the same rank are ambiguous and left to people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dossier.contracts.common import AddressRef
from dossier.contracts.emails import Match

_RANKS = ("contact", "person", "couple", "company")


@dataclass(frozen=True)
class Owner:
    """An address entry that owns a mail channel, and the days the channel is valid (both inclusive; none: open)."""

    address: AddressRef
    valid_from: date | None = None
    valid_to: date | None = None

    def valid_on(self, day: date) -> bool:
        """Whether the channel belonged to the address on that day: a former address matches older mail only."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Matching:
    """The matches in the order of the mail's participants, and the mail addresses that need a person's eye."""

    matches: tuple[Match, ...]
    ambiguous: tuple[str, ...]


def counterparties(sender: str, recipients: Sequence[str], own: Iterable[str]) -> tuple[str, ...]:
    """Everybody the mail was exchanged with, each once: our own users and mailboxes are not counterparties (EML-18)."""
    staff = frozenset(own)
    return tuple(dict.fromkeys(address for address in (sender, *recipients) if address and address not in staff))


def match(participants: Sequence[str], owners: Mapping[str, Sequence[Owner]], day: date) -> Matching:
    """Match every participant against the owners of its mail address on the day of the mail."""
    matches: list[Match] = []
    ambiguous: list[str] = []
    for mail_address in participants:
        candidates = _best([owner for owner in owners.get(mail_address, ()) if owner.valid_on(day)])
        if len(candidates) == 1:
            matches.append(Match(mail_address=mail_address, address=candidates[0].address))
        elif candidates:
            ambiguous.append(mail_address)
    return Matching(tuple(matches), tuple(ambiguous))


def _best(candidates: list[Owner]) -> list[Owner]:
    for rank in _RANKS:
        of_rank = [owner for owner in candidates if owner.address.type == rank]
        if of_rank:
            return of_rank
    return []

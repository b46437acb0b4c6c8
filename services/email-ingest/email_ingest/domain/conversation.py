"""Which conversation a mail belongs to, by what it and other mails say of the mails before them (EML-19).

It is the one of the mail that none is said to be before: found by going from a mail to those that it names, and on to
those that they name, whether they are here or not. So the answer follows from all that was said, whoever said it first.
A mail speaks for itself and for what answers it: nobody moves the mails of others by naming them, only by a Message-ID
that was taken from one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

NAMED_MOST = 10
"""Mails that one mail is taken to name: the first one, and the last ones before it."""


class Claim(NamedTuple):
    """What a mail says: that it follows those that it names, the first of the conversation first.

    `own` and `named` are the conversations that the mails of these Message-IDs would begin.
    """

    message: str
    own: str | None
    named: tuple[str, ...]


def named_by(references: Iterable[str], in_reply_to: str, own: str) -> tuple[str, ...]:
    """The Message-IDs of the mails before one, the first one first."""
    named = [one for one in dict.fromkeys((*references, in_reply_to)) if one not in ("", own)]
    return tuple(named if len(named) <= NAMED_MOST else [*named[:1], *named[1 - NAMED_MOST :]])


def conversations(asked: Iterable[Claim], known: Iterable[Claim]) -> dict[str, str]:
    """The conversation of each asked message, by all that is known."""
    said: dict[str, list[Claim]] = {}
    for claim in known:
        if claim.own is not None:
            said.setdefault(claim.own, []).append(claim)
    return {claim.message: _began(claim, said) for claim in asked}


def _began(claim: Claim, said: dict[str, list[Claim]]) -> str:
    """The first mail. Where claims contradict each other, the same one of several whatever their order.

    What is named beside a mail that leads on gives way to what that leads to: all that answer that mail come there.
    """
    followers: set[str] = set()
    seen: set[str] = set()
    ends: set[str] = set()
    claims = [claim, *said.get(claim.own or "", ())]
    while claims:
        chain = claims.pop()
        named = chain.named if chain.own is None else (*chain.named, chain.own)
        followers.update(named[1:])
        if said.keys().isdisjoint(chain.named):
            ends.update(chain.named)
        for one in named:
            if one not in seen:
                seen.add(one)
                claims += said.get(one, ())
    first = seen - followers
    return min(first & ends or first or seen)

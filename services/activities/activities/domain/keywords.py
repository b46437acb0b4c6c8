"""Keywords of an activity (KEY-07). Which there are, and for what, the address book says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dossier.contracts.rules import RuleViolation


@dataclass(frozen=True)
class KeywordGroup:
    """A group of keywords: each with whether it is active. With an `owner` nobody else sees it (KEY-06)."""

    id: str
    is_exclusive: bool
    types: Collection[str]
    owner: str | None
    is_active: bool
    keywords: Mapping[str, bool]


def check(
    asked: Sequence[str], there: Collection[str], groups: Iterable[KeywordGroup], user: str | None, field: str
) -> None:
    """Check the keywords that an activity is to have; those that are `there` may stay, whatever became of them.

    Raises RuleViolation for one that there is not for this user (REF-01), of a group that is not for activities
    (KEY-01), that is inactive (KEY-05), or that is the second of an exclusive group (KEY-04). A service sends what
    somebody decided: it knows of everybody's.
    """
    seen = [group for group in groups if user is None or group.owner in (None, user)]
    taken: dict[str, str] = {}
    for place, keyword in enumerate(asked):
        at = f"{field}.{place}"
        group = next((each for each in seen if keyword in each.keywords), None)
        if group is not None and group.is_exclusive and taken.setdefault(group.id, keyword) != keyword:
            raise RuleViolation("KEY-04", "of this group it has one keyword", at)
        if keyword in there:
            continue
        if group is None:
            raise RuleViolation("REF-01", "there is no such keyword", at)
        if "activity" not in group.types:
            raise RuleViolation("KEY-01", "the keywords of this group are not for activities", at)
        if not group.is_active or not group.keywords[keyword]:
            raise RuleViolation("KEY-05", "the keyword is inactive and no longer offered", at)


def of_others(groups: Iterable[KeywordGroup], user: str | None) -> frozenset[str]:
    """The keywords that somebody else keeps to oneself (KEY-06); none for a service."""
    hidden = [group for group in groups if user is not None and group.owner not in (None, user)]
    return frozenset(keyword for group in hidden for keyword in group.keywords)


def with_hidden(asked: tuple[str, ...], there: tuple[str, ...], hidden: Collection[str]) -> tuple[str, ...]:
    """The keywords that are asked for with the `hidden` ones there are: nobody takes off what one is not shown."""
    if asked == tuple(keyword for keyword in there if keyword not in hidden):
        return there
    return (*asked, *(keyword for keyword in there if keyword in hidden))

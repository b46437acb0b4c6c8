"""Effective channels and postal addresses: inherited by reference, never copied (COM-06 to COM-10, POS-03)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dossier.contracts.addresses import BUILT_IN_KINDS, ChannelKind

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """An address whose channels count, by its stream; `private` are those that only some callers may see."""

    stream: str
    channels: Sequence[Fields]
    private: Sequence[Fields] = ()


def action(kind: ChannelKind, normalised: str) -> str | None:
    """The address that a click opens (COM-11): a mail, a call, a page; none for a fax or an own letter."""
    match kind:
        case "E":
            return f"mailto:{quote(normalised, safe='@')}"
        case "T" | "M":
            return f"tel:{normalised}"
        case "H" | "L":
            return normalised
        case _:
            return None


def usable(channel: Fields, today: str) -> bool:
    """Whether the channel may be a default: valid on the day, not forbidden, not bounced for good."""
    return is_valid(channel, today) and not channel["forbidden"] and channel["bounce"] != "hard"


def is_valid(item: Fields, today: str) -> bool:
    """Whether the day lies in the validity; both ends belong to it."""
    return (item["valid_from"] or "") <= today <= (item["valid_to"] or "~")


def effective_channels(sources: Iterable[Source], today: str) -> list[dict[str, Any]]:
    """All channels with where they live, those of the first source first; `is_default` says which one is used.

    The default of a letter comes from the first source that has a usable one (COM-08, COM-10): the one marked there,
    or the oldest. Letters of an installation's own have no default (COM-03).
    """
    listed: list[dict[str, Any]] = []
    taken: set[str] = set()
    for number, source in enumerate(sources):
        both = [(each, False) for each in source.channels] + [(each, True) for each in source.private]
        both.sort(key=lambda pair: pair[0]["added"])
        chosen = _chosen((each for each, _ in both), today, taken)
        taken |= chosen.keys()
        for channel, private in both:
            is_default = chosen.get(channel["kind"]) == channel["id"]
            place = {"lives_on": source.stream, "is_own": number == 0, "private": private, "is_default": is_default}
            opens = action(channel["kind"], channel["normalised"])
            listed.append({**channel, **place, "usable": usable(channel, today), "opens": opens})
    return listed


def _chosen(channels: Iterable[Fields], today: str, taken: set[str]) -> dict[str, str]:
    """The default of each letter among the channels of one address, by id."""
    marked_first = sorted(channels, key=lambda channel: not channel["is_default"])
    chosen: dict[str, str] = {}
    for channel in marked_first:
        kind = channel["kind"]
        if kind in BUILT_IN_KINDS and kind not in taken and usable(channel, today):
            chosen.setdefault(kind, channel["id"])
    return chosen


def effective_postal(own: Sequence[Fields], inherited: Sequence[Fields], today: str) -> tuple[Fields, bool] | None:
    """The postal address in use and whether it is an own one: own before inherited, the default before the oldest.

    `inherited` are the company's of a contact; a person's are never inherited (POS-03).
    """
    for source, is_own in ((own, True), (inherited, False)):
        valid = sorted((each for each in source if is_valid(each, today)), key=lambda each: not each["is_default"])
        if valid:
            return valid[0], is_own
    return None

"""Companies whose histories are read together: one, and on request all below it, as they say today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dossier.contracts.rules import RuleViolation
from dossier.mongo import Collection, Document
from histories.domain.documents import Entry, Path, Step
from histories.domain.rules import DIRECT, SUBSIDIARY_OF_COMPANY, kind_of
from histories.views.collections import SUBSIDIARIES

MOST_SUBSIDIARIES = 500
"""Companies below one that are read together. Their histories are merged for every page, so there must be an end."""


@dataclass(frozen=True)
class Family:
    """The objects of a page, each with the steps that lead up to the one whose page it is; that one is the first.

    Without objects it is a list of all activities, whatever pages they are on.
    """

    up: Mapping[str, Sequence[Step]]

    @classmethod
    def alone(cls, target: str) -> Family:
        """A page of one object."""
        return cls({target: ()})

    def parts(self, size: int) -> list[list[str]]:
        """The objects, so many at a time."""
        objects = list(self.up)
        return [objects[start : start + size] for start in range(0, len(objects), size)] or [[]]

    def conditions(self) -> list[Document]:
        """What entries of the page meet: what is hidden there is not there by way of a subsidiary, either."""
        target, *others = self.up or ("",)
        return [{"hidden": {"$ne": target}}] if others else []

    def holding(self, entry: Entry) -> Iterator[Path]:
        """The reasons why the entry is on the page now, told up to the object whose page it is.

        In a list of all activities, that is what they were recorded with, withdrawn ones as well, which are on no page.
        """
        anywhere = not self.up and entry["own"].get("withdrawn", False)
        for path in entry["paths"]:
            last = path["hops"][-1]
            up = self.up.get(last["to"]) if self.up else () if last["code"] == DIRECT else None
            if up is not None and "until" not in path and (anywhere or last["to"] in entry["shown_on"]):
                yield {**path, "hops": [*path["hops"], *up]} if up else path


EVERYTHING = Family({})
"""A list of all activities."""


async def with_subsidiaries(nodes: Collection, company: str) -> Family:
    """The company and all companies below it, level by level; a circle is walked once.

    Raises RuleViolation RUP-04 if it is no company, or more than `MOST_SUBSIDIARIES` lie below it.
    """
    if kind_of(company) != "company":
        raise RuleViolation("RUP-04", "only companies have subsidiaries", "include")
    up: dict[str, Sequence[Step]] = {company: ()}
    level = [company]
    while level:
        below = {"facts.parent": {"$in": [parent[-36:] for parent in level]}}
        found = nodes.find(below, {"facts.parent": 1, "facts.parent_event": 1}).hint(SUBSIDIARIES)
        level = []
        async for node in found.limit(len(up) + MOST_SUBSIDIARIES + 1):
            if node["_id"] not in up:
                up[node["_id"]] = _upwards(node["facts"], up)
                level.append(node["_id"])
        if len(up) > MOST_SUBSIDIARIES + 1:
            raise RuleViolation("RUP-04", f"more than {MOST_SUBSIDIARIES} companies belong to it", "include")
    return Family(up)


def _upwards(facts: Mapping[str, object], up: Mapping[str, Sequence[Step]]) -> Sequence[Step]:
    parent = f"company-{facts['parent']}"
    cause = facts["parent_event"]
    assert isinstance(cause, int)
    return ({"code": SUBSIDIARY_OF_COMPANY, "to": parent, "events": [cause]}, *up[parent])

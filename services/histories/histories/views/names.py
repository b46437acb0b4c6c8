"""Names on pages, read when the page is: a new name needs no entry to be touched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dossier.mongo import Collection, Document, by_ids
from dossier.naming import display_name, named_by, words
from histories.domain.documents import Fields, Step
from histories.domain.engagements import governed_by
from histories.domain.hops import day_before
from histories.domain.rules import CONTACT_OF_COMPANY, ENGAGEMENTS, kind_of
from histories.views.readers import Reader

_FIELDS = {"facts": 1, "readers": 1, "hops": 1}


class Names:
    """Names of objects and users for one answer to one reader."""

    def __init__(self, nodes: Collection, reader: Reader) -> None:
        self._nodes = nodes
        self._reader = reader
        self._found: dict[str, Document | None] = {}
        # A page names the same few objects hundreds of times.
        self._names: dict[str, str | None] = {}
        self._references: dict[str, dict[str, Any]] = {}

    async def load(self, streams: Iterable[str]) -> None:
        """Read what naming these needs: a contact is named by its company and its person, a phase by its project."""
        self._names.clear()
        self._references.clear()
        wanted = set(streams) - self._found.keys()
        while wanted:
            found = await by_ids(self._nodes, wanted, _FIELDS)
            self._found.update({**dict.fromkeys(wanted), **found})
            named_by = {each for stream, node in found.items() for each in _named_by(stream, node["facts"])}
            wanted = named_by - self._found.keys()

    def withheld(self, stream: str) -> bool:
        """Whether the reader may not even know of the object.

        A phase or invoice is withheld with its project, and while nobody has told of that one yet.
        """
        node = self._found.get(stream)
        if node is None:
            return False
        in_doubt = stream.startswith(ENGAGEMENTS) and stream in self._reader.parked
        if in_doubt or not self._reader.admitted_to(node["readers"]):
            return True
        project = governed_by(stream, node["facts"])
        return project is not None and (self._found.get(project) is None or self.withheld(project))

    def name(self, stream: str) -> str | None:
        """The display name (domain: "Alias and display name"); None if it is not known, or not to be known."""
        if stream not in self._names:
            self._names[stream] = self._composed(stream)
        return self._names[stream]

    def _composed(self, stream: str) -> str | None:
        node = self._found.get(stream)
        if node is None or self.withheld(stream):
            return None
        facts = node["facts"]
        match kind_of(stream):
            case "project":
                return f"{facts['code']} {facts['title']}"
            case "phase":
                return f"{self.name(_project(facts))}, {words(facts.get('code'), facts['title'])}"
            case "opportunity":
                return facts["title"]
            case "invoice":
                return words(facts["number"], facts.get("title"))
            case _:
                return display_name(stream, self._facts)

    def _facts(self, stream: str) -> Fields | None:
        node = self._found.get(stream)
        return None if node is None else node["facts"]

    def reference(self, stream: str) -> dict[str, Any]:
        """The object as answers show it, marked if it was deleted: who still names it must not lead nowhere."""
        if stream not in self._references:
            told = {"type": kind_of(stream), "id": stream[-36:], "name": self.name(stream)}
            node = self._found.get(stream)
            deleted = {"deleted": True} if node and node["facts"].get("deleted") else {}
            self._references[stream] = told | deleted
        return self._references[stream]

    def days(self, here: str, step: Step) -> tuple[str | None, str | None]:
        """First and last day of what a step tells, as it is known today: of a contact its time with the company."""
        node = self._found.get(here)
        if node is None:
            return None, None
        if step["code"] == CONTACT_OF_COMPANY:
            return node["facts"].get("valid_from"), node["facts"].get("valid_to")
        for hop in node["hops"]:
            if (hop["code"], hop["to"], hop["events"]) == (step["code"], step["to"], step["events"]):
                return hop["valid_from"], day_before(hop["valid_before"])
        return None, None


def _project(facts: Fields) -> str:
    return f"project-{facts['project']}"


def _named_by(stream: str, facts: Fields) -> list[str]:
    project = governed_by(stream, facts)
    return named_by(facts) if project is None else [project]

"""Names on pages, read when the page is: a new name needs no entry to be touched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dossier.mongo import Collection
from histories.domain.documents import Fields
from histories.domain.rules import ENGAGEMENTS, kind_of
from histories.views.readers import Reader

_WITHHELD = object()


class Names:
    """Names of objects and users for one answer to one reader."""

    def __init__(self, nodes: Collection, reader: Reader) -> None:
        self._nodes = nodes
        self._reader = reader
        self._found: dict[str, Any] = {}
        self._names: dict[str, str | None] = {}

    async def load(self, streams: Iterable[str]) -> None:
        """Read what naming these needs: a contact is named by its company and its person."""
        self._names.clear()
        wanted = set(streams) - self._found.keys()
        while wanted:
            found = self._nodes.find({"_id": {"$in": sorted(wanted)}}, {"facts": 1, "readers": 1})
            self._found.update(dict.fromkeys(wanted))
            wanted = set()
            for node in await found.to_list(None):
                stream, facts = node["_id"], node["facts"]
                self._found[stream] = facts if self._shown(stream, node["readers"]) else _WITHHELD
                wanted.update(_named_by(stream, facts))
            wanted -= self._found.keys()

    def withheld(self, stream: str) -> bool:
        """Whether the reader may not even know of the object."""
        return self._found.get(stream) is _WITHHELD

    def name(self, stream: str) -> str | None:
        """The display name (domain: "Alias and display name"); None if it is not known, or not to be known."""
        # A page names the same few objects hundreds of times.
        if stream not in self._names:
            self._names[stream] = self._composed(stream)
        return self._names[stream]

    def _composed(self, stream: str) -> str | None:
        facts = self._found.get(stream)
        if facts is None or facts is _WITHHELD:
            return None
        match kind_of(stream):
            case "person":
                return _full(facts)
            case "contact":
                return self._contact(facts)
            case "project":
                return f"{facts['code']} {facts['title']}"
            case _:
                return facts.get("name")

    def reference(self, stream: str) -> dict[str, Any]:
        """The object as answers show it."""
        return {"type": kind_of(stream), "id": stream[-36:], "name": self.name(stream)}

    def _contact(self, facts: Fields) -> str:
        person = self._found.get(f"person-{facts.get('person')}") or facts
        own = _full(person) or facts.get("supplement", "")
        company = self.name(f"company-{facts['company']}") or ""
        return ", ".join(part for part in (company, own) if part)

    def _shown(self, stream: str, readers: list[str] | None) -> bool:
        in_doubt = stream.startswith(ENGAGEMENTS) and stream in self._reader.parked
        return self._reader.admitted_to(readers) and not in_doubt


def _full(facts: Fields) -> str:
    return " ".join(part for part in (facts.get("last_name", ""), facts.get("first_name", "")) if part)


def _named_by(stream: str, facts: Fields) -> list[str]:
    if kind_of(stream) != "contact":
        return []
    person = facts.get("person")
    return [f"company-{facts['company']}", *([f"person-{person}"] if person else [])]

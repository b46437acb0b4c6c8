"""What refers to an address that is to be deleted, and what of it a caller is told (DEL-03)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from addresses.views.referring import Referring, fold
from dossier.auth.principals import Principal
from dossier.contracts.streams import context_of
from dossier.ids import split_stream, stream_id
from dossier.mongo import Document
from dossier.store import CommitStore

MOST_FOLDED = 200
"""If the view knows of more in the own store, it is believed; else all are read as they stand."""
MOST_IDS = 20
_OTHER_SERVICES = ("engagements", "activities")
_COMPANIES = {"subsidiary": "company", "primary_contact_of": "company"}
"""What a company is to the address that it refers to."""


@dataclass(frozen=True)
class Referrer:
    """Things of one type that refer to the address: how many, and the first of their ids."""

    type: str
    count: int
    ids: list[str]

    @property
    def streams(self) -> list[str]:
        """The same as streams."""
        return [stream_id(_COMPANIES.get(self.type, self.type), id) for id in self.ids]


@dataclass(frozen=True)
class Told:
    """What a caller is told: what it may see, and that there is something else."""

    referrers: list[Referrer]
    others: bool


class Referrers:
    """Asks the own store as it stands, and the view for what other services refer to."""

    def __init__(self, store: CommitStore, view: Referring) -> None:
        self._store = store
        self.view = view

    async def of(self, stream: str) -> list[Document]:
        """Everything that refers to the stream now, whoever may see it."""
        found = await self.view.to(stream)
        others = [document for document in found if _of_others(document["_id"])]
        if len(found) - len(others) > MOST_FOLDED:
            return found
        own = {document["_id"] for document in found} - {document["_id"] for document in others}
        own |= set(await self._store.naming(stream))
        standing = await asyncio.gather(*(self._standing(each) for each in sorted(own)))
        return others + [each for each in standing if each is not None and stream in each.get("names", ())]

    async def told(self, stream: str, found: Sequence[Document], caller: Principal) -> Told:
        """The referrers that the caller may know of: its author alone of an activity that not everybody may see."""
        outer = await self._outer(found)
        seen = [document for document in found if _may_see(document, outer, caller)]
        by_type: defaultdict[str, list[str]] = defaultdict(list)
        for document in seen:
            by_type[_type(document, stream)].append(_id(document))
        referrers = [Referrer(type, len(ids), sorted(ids)[:MOST_IDS]) for type, ids in sorted(by_type.items())]
        return Told(referrers, others=len(seen) < len(found))

    async def _outer(self, found: Iterable[Document]) -> dict[str, Document]:
        """What must be seen to see these: folders, engagements, and the projects that engagements follow."""
        outer = await self.view.of({stream for document in found for stream in _inside(document)})
        return outer | await self.view.of({stream for document in outer.values() for stream in _inside(document)})

    async def _standing(self, stream: str) -> Document | None:
        document: Document | None = None
        for event in (await self._store.history(stream)).events:
            document = fold(document, event)
        return None if document is None else {"_id": stream, **document}


def _of_others(stream: str) -> bool:
    return context_of(stream) in _OTHER_SERVICES


def _may_see(document: Document, outer: Mapping[str, Document], caller: Principal) -> bool:
    if document["kind"] == "activity" and "author" not in document:
        return False  # kept before rights were: a rebuild tells them
    return _reads(document, caller.tokens) and all(
        stream in outer and _may_see(outer[stream], outer, caller) for stream in _inside(document)
    )


def _inside(document: Document) -> list[str]:
    within = [document["within"]] if "within" in document else []
    return [*within, *document.get("inside", {}).values()]


def _reads(document: Document, tokens: Collection[str]) -> bool:
    return "readers" not in document or not set(document["readers"]).isdisjoint(tokens)


def _type(document: Document, stream: str) -> str:
    if document["kind"] == "company":
        return "subsidiary" if document["slots"].get("parent") == stream else "primary_contact_of"
    return "folder" if document["kind"] == "folder-entry" else document["kind"]


def _id(document: Document) -> str:
    return split_stream(document["within"] if document["kind"] == "folder-entry" else document["_id"])[1]

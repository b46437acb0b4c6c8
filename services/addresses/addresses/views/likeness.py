"""What duplicates are looked for in: names so that an index finds what they contain, values of channels, relations.

One small document per address. `keys` are the endings of its names, `l` before those of company or last names and `f`
before those of first names; `last` and `first` hold the forms themselves, a line each. `human` is the whole name of a
person or a typed contact, `halves` are the two sides of a couple. Beside the addresses: dismissed pairs and the switch.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar

from addresses.domain.likeness import LONGEST_KEY, asked, forms
from addresses.views.likeness_folding import folded_document
from dossier.contracts import RecordedEvent
from dossier.ids import stream_id
from dossier.mongo import ASCENDING, Document, IndexModel
from dossier.projections.views import ViewProjection

MOST = 50
"""How many documents one question brings at most; the first in order of the index are those that end alike."""
MOST_PERSONS = 200
"""How many persons' contacts are looked for: enough for whole names; with two letters of each there are more."""
MOST_COMPANIES = 1_000
_LAST = "\U0010ffff"
_SHOWN = {"keys": 0, "last": 0, "first": 0}
"""Not what is only looked for: it is longer than all the rest."""
_NAMES = ("keys", "last", "first")
_OF_SOME = ("parent", "human", "halves", "values", "private_values")


class Likeness(ViewProjection):
    """Answers what is like something. It keeps private channels apart, and nothing of a deleted address."""

    name: ClassVar[str] = "likeness"
    sources: ClassVar[tuple[str, ...]] = ("addresses",)
    view: ClassVar[str] = "addresses"

    async def prepare(self) -> None:
        """Names by kind and by company; whatever only some addresses have, for those alone."""
        by_name = [(field, ASCENDING) for field in _NAMES]
        indexes = [
            IndexModel([("kind", ASCENDING), *by_name], name="names"),
            IndexModel([("company", ASCENDING), *by_name], name="contacts", partialFilterExpression=_has("company")),
            IndexModel(
                [("person", ASCENDING), ("company", ASCENDING)],
                name="linked",
                partialFilterExpression=_has("person"),
            ),
        ]
        indexes += [
            IndexModel([(field, ASCENDING)], name=field, partialFilterExpression=_has(field)) for field in _OF_SOME
        ]
        await self.documents.create_indexes(indexes)

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """See ViewProjection."""
        return folded_document(document, event)

    async def switched_on(self) -> bool:
        """Whether this installation wants to be warned (DUP-01); it does unless it said otherwise."""
        settings = await self.documents.find_one({"kind": "address-settings"}, {"duplicate_check": 1})
        return settings is None or settings.get("duplicate_check", True)

    async def named_like(self, kind: str, last: str, first: str, most: int = MOST) -> list[Document]:
        """Addresses of a kind whose names contain these (DUP-04, DUP-05); an empty first name is in every name."""
        return await self._alike({"kind": kind}, last, first, most)

    async def contacts_like(self, companies: Collection[str], last: str, first: str) -> list[Document]:
        """Contacts of these companies whose names contain these, be they typed or a linked person's."""
        of_companies = {"company": {"$in": list(companies), "$exists": True}}
        typed, persons = await asyncio.gather(
            self._alike(of_companies, last, first, MOST), self.named_like("person", last, first, MOST_PERSONS)
        )
        ids = [person["_id"].removeprefix("person-") for person in persons]
        linked = self.documents.find({"person": {"$in": ids, "$exists": True}, **of_companies}, _SHOWN)
        return typed + await linked.limit(MOST).to_list(None)

    async def family(self, company: str) -> set[str]:
        """The company with all above it, and all below those: its whole hierarchy (DUP-04)."""
        top, passed = company, {company}
        while (above := ((await self.get(stream_id("company", top))) or {}).get("parent")) and above not in passed:
            top = above
            passed.add(above)
        seen, level = set[str](), {top}
        while level and len(seen) < MOST_COMPANIES:
            seen |= level
            below = self.documents.find({"parent": {"$in": list(level), "$exists": True}}, {"_id": 1})
            level = {each["_id"].removeprefix("company-") async for each in below.limit(MOST_COMPANIES)} - seen
        return seen | {company}

    async def humans(self, kind: str, human: str) -> list[Document]:
        """Persons or typed contacts of exactly this whole name, folded."""
        # The kind is not asked for, so that there is only one index to choose.
        return [found for found in await self._some("human", [human]) if found["kind"] == kind]

    async def couples(self, halves: Iterable[str]) -> list[Document]:
        """Couples with one of these sides."""
        return await self._some("halves", halves)

    async def with_values(self, values: Iterable[str], *, private: bool) -> list[Document]:
        """Addresses with one of these values as own public, or as own private channel."""
        return await self._some("private_values" if private else "values", values)

    async def of(self, streams: Iterable[str]) -> dict[str, Document]:
        """The documents of these streams, as far as there are such."""
        found = self.documents.find({"_id": {"$in": list(set(streams))}, "absent": None}, _SHOWN)
        return {document["_id"]: document async for document in found}

    async def _some(self, field: str, wanted: Iterable[str]) -> list[Document]:
        query = {field: {"$in": list(wanted), "$exists": True}}
        return await self.documents.find(query, _SHOWN).limit(2 * MOST).to_list(None)

    async def _alike(self, within: Mapping[str, Any], last: str, first: str, most: int) -> list[Document]:
        # The longer of the two names says where in the index to look, the other is compared there.
        tag, typed, field, other = (
            ("l", last, "first", first) if len(last) >= len(first) else ("f", first, "last", last)
        )
        others: Mapping[str, Any] = {} if not other else {field: {"$regex": _one_of(forms(other))}}
        found: dict[str, Document] = {}
        for form in asked(typed):
            begin = tag + form[:LONGEST_KEY]
            keys = {"$elemMatch": {"$gte": begin, "$lt": begin + _LAST}}
            async for document in self.documents.find({**within, "keys": keys, **others}, _SHOWN).limit(most):
                found[document["_id"]] = document
        return list(found.values())


def _has(field: str) -> Mapping[str, Any]:
    return {field: {"$exists": True}}


def _one_of(parts: Iterable[str]) -> str:
    return "|".join(re.escape(part) for part in parts)

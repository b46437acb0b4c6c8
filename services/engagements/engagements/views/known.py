"""What is known of others: which addresses, users and groups there are, how addresses belong together, what they are
called (to be shown, and folded to be found), and the groups of keywords. As much as references, roles, conflict checks
and whoever reads an answer need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from dossier.contracts import RecordedEvent
from dossier.contracts import addresses as a
from dossier.contracts.base import REDACTED, Event
from dossier.contracts.common import AddressRef
from dossier.folding import words
from dossier.ids import split_stream
from dossier.mongo import ASCENDING, Document, IndexModel, by_ids
from dossier.naming import display_name, named_by
from dossier.projections.views import ViewProjection
from engagements.domain.engagement import KeywordGroup
from engagements.views.called import TELLING, called_after

_AT_ONCE = 1000
"""How many streams one query names."""


class Known(ViewProjection):
    """One document per stream of others.

    An address, user or group is `called` by facts; an address has the `words` of its present and former names; a
    company its `parent`, a contact its `company` and `person`, a couple its `persons` (by side), also when a link has
    ended; what was deactivated is `inactive`. A `keyword-group` has what `KeywordGroup` says, keywords as a list with
    their names.
    """

    name: ClassVar[str] = "others"
    sources: ClassVar[tuple[str, ...]] = ("addresses", "directory")
    view: ClassVar[str] = "streams"

    async def prepare(self) -> None:
        """See Projection."""
        fields = ("words", "parent", "company", "person", "couple.a", "couple.b", "keywords.id")
        await self.documents.create_indexes(
            [
                IndexModel([(field, ASCENDING)], name=field, partialFilterExpression={field: {"$exists": True}})
                for field in fields
            ]
        )

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """See ViewProjection. Events that say nothing of this leave a document that says: it exists."""
        return _after(document or {}, event.event()) if event.type in _TELLING else document or {}

    async def exists(self, stream: str) -> bool:
        """Whether the stream is there and not deleted, as far as is known here."""
        found = await self.get(stream)
        return found is not None and "deleted" not in found

    async def instead_of(self, address: AddressRef) -> list[AddressRef]:
        """Who can be customer in place of it (ROL-02): a contact's company, a couple's persons, where known here."""
        if address.type not in ("contact", "couple"):
            return []
        found = await self.get(address.stream) or {}
        if address.type == "contact":
            return [AddressRef(type="company", id=found["company"])] if "company" in found else []
        return [AddressRef(type="person", id=person) for person in _persons(found)]

    async def inactive_company(self, address: AddressRef) -> bool:
        """Whether the address is an inactive company, or a contact of one, as far as is known here (STA-01)."""
        if address.type not in ("company", "contact"):
            return False
        found = await self.get(address.stream) or {}
        if "company" in found:
            found = await self.get(f"company-{found['company']}") or {}
        return found.get("inactive", False)

    async def keyword_group(self, keyword: str) -> KeywordGroup | None:
        """The group that a keyword is from, if it is known here."""
        found = await self.documents.find_one({"keywords.id": keyword})
        if found is None:
            return None
        keywords = {each["id"]: each["is_active"] for each in found["keywords"]}
        _, id = split_stream(found["_id"])
        return KeywordGroup(id, found["is_exclusive"], found["types"], found["is_active"], keywords, found["owner"])

    async def owners_of_groups(self, groups: Iterable[str]) -> dict[str, str | None]:
        """Whose the groups of keywords are: none for everybody's; a group that is not known here is absent."""
        found = await by_ids(self.documents, (f"keyword-group-{group}" for group in groups), {"owner": 1})
        return {split_stream(stream)[1]: document["owner"] for stream, document in found.items()}

    async def names(self, streams: Collection[str]) -> dict[str, str]:
        """What these addresses, users, groups and keywords (`keyword-…`) are called, by stream; unknown ones absent."""
        found: dict[str, Document] = {}
        wanted = {stream for stream in streams if not stream.startswith("keyword-")}
        while wanted:
            called = {each["_id"]: each.get("called", {}) async for each in self._documents("_id", sorted(wanted))}
            found |= called
            wanted = {stream for facts in called.values() for stream in named_by(facts)} - found.keys() - wanted
        named = {stream: display_name(stream, found.get) for stream in found.keys() & set(streams)}
        keywords = [split_stream(stream)[1] for stream in streams if stream.startswith("keyword-")]
        async for group in self._documents("keywords.id", keywords):
            named |= {f"keyword-{each['id']}": each["name"] for each in group["keywords"] if each["id"] in keywords}
        return {stream: name for stream, name in named.items() if name}

    async def deleted(self, addresses: Collection[str]) -> set[str]:
        """Those of these addresses that were deleted, as far as is known here (DEL-01)."""
        return {each["_id"] async for each in self._documents("_id", sorted(addresses)) if "deleted" in each}

    async def contacts_of(self, company: str) -> list[str]:
        """The streams of all contacts of a company, former ones too."""
        return [each["_id"] async for each in self.documents.find({"company": company}, {"_id": 1})]

    async def named(self, term: str) -> set[str]:
        """The streams of the addresses among whose words are ones that begin with the words of the term (folded)."""
        wanted = [{"words": {"$regex": f"^{word}"}} for word in words(term)]
        if not wanted:
            return set()
        return {each["_id"] async for each in self.documents.find({"$and": wanted}, {"_id": 1})}

    async def related(self, streams: Collection[str], *, with_hierarchy: bool) -> set[str]:
        """These addresses and all under which the same company or human is in the book.

        A contact brings its company and its person along, a couple its persons; a company brings its contacts along,
        and with the hierarchy all companies of its family; a person the contacts and couples that link it.
        """
        companies = {split_stream(stream)[1] for stream in streams if stream.startswith("company-")}
        persons = {split_stream(stream)[1] for stream in streams if stream.startswith("person-")}
        async for found in self._documents("_id", [s for s in streams if s.startswith(("contact-", "couple-"))]):
            companies |= {found["company"]} if "company" in found else set()
            persons |= set(_persons(found))
        if with_hierarchy:
            companies = await self._family(companies)
        related = {*streams, *(f"company-{id}" for id in companies), *(f"person-{id}" for id in persons)}
        for field, ids in (("company", companies), ("person", persons), ("couple.a", persons), ("couple.b", persons)):
            related |= {found["_id"] async for found in self._documents(field, list(ids))}
        return related

    async def _family(self, companies: set[str]) -> set[str]:
        """All companies that share a topmost parent with these."""
        family, above = set(companies), set(companies)
        while above:
            found = [each async for each in self._documents("_id", [f"company-{id}" for id in above])]
            above = {each["parent"] for each in found if each.get("parent")} - family
            family |= above
        below = set(family)
        while below:
            found = [each async for each in self._documents("parent", list(below))]
            below = {split_stream(each["_id"])[1] for each in found} - family
            family |= below
        return family

    async def _documents(self, field: str, values: Sequence[str]) -> AsyncIterator[Document]:
        for start in range(0, len(values), _AT_ONCE):
            async for document in self.documents.find({field: {"$in": list(values[start : start + _AT_ONCE])}}):
                yield document


_TELLING = frozenset(
    kind.event_type
    for kind in (
        *TELLING,
        *(a.KeywordGroupCreated, a.KeywordGroupChanged, a.KeywordAdded, a.KeywordChanged),
        *(a.CompanyParentSet, a.AddressDeleted, a.AddressDeactivated, a.AddressReactivated),
    )
)
"""Events of other types, also ones that this build does not know, say nothing of what is kept here."""


def _after(document: Document, event: Event) -> Document:
    if isinstance(event, TELLING):
        document = {**document, "called": called_after(document.get("called", {}), event)}
    if (names := _names(event)) is not None:
        document = {**document, "words": sorted({*document.get("words", ()), *words(" ".join(names))})}
    if (group := _group(document, event)) is not None:
        return group
    if isinstance(event, a.AddressDeleted):
        return {**document, "deleted": True}
    if isinstance(event, a.AddressDeactivated | a.AddressReactivated):
        return {**document, "inactive": isinstance(event, a.AddressDeactivated)}
    return {**document, **_relations(document, event)}


def _names(event: Event) -> Sequence[str] | None:
    """The names that the event brings. Former ones stay: who was called otherwise is still the same."""
    match event:
        case a.CompanyRegistered() | a.CompanyRenamed():
            return [event.name]
        case a.PersonRegistered() | a.PersonRenamed():
            return _without_redacted(event.last_name, event.first_name)
        case a.ContactRegistered() | a.ContactRenamed():
            return _without_redacted(event.last_name, event.first_name, event.supplement)
        case a.CoupleRegistered():
            halves = (event.a, event.b)
            return _without_redacted(*(name for half in halves for name in (half.last_name, half.first_name)))
        case a.CoupleHalfRenamed():
            return _without_redacted(event.last_name, event.first_name)
        case a.CoupleHalfCorrected():
            return _without_redacted(event.half.last_name, event.half.first_name)
        case a.AliasSet():
            return _without_redacted(event.alias)
        case _:
            return None


def _relations(document: Document, event: Event) -> Mapping[str, Any]:
    match event:
        case a.CompanyRegistered() | a.CompanyParentSet():
            return {"parent": event.parent} if event.parent or "parent" in document else {}
        case a.ContactRegistered():
            return {"company": event.company, **({"person": event.person} if event.person else {})}
        case a.AffiliationCorrected():
            return {"company": event.company}
        case a.PersonLinked() | a.PersonLinkCorrected():
            return {"person": event.person}
        case a.CoupleRegistered():
            return {"couple": {"a": event.a.person, "b": event.b.person}}
        case a.CouplePersonLinked():
            return {"couple": {**document.get("couple", {}), event.side: event.person}}
        case a.CoupleHalfCorrected():
            return {"couple": {**document.get("couple", {}), event.side: event.half.person}}
        case _:
            # An ended link stays: it was the same human, and a conflict of interest does not end with a link.
            return {}


def _group(document: Document, event: Event) -> Document | None:
    match event:
        case a.KeywordGroupCreated():
            facts = event.model_dump(include={"is_exclusive", "owner"})
            return {**facts, "types": list(event.types), "is_active": True, "keywords": []}
        case a.KeywordGroupChanged():
            changed = event.model_dump(mode="json", exclude_unset=True, include={"is_exclusive", "types", "is_active"})
            return {**document, **changed}
        case a.KeywordAdded():
            added = {"id": event.keyword, "name": event.name, "is_active": True}
            return {**document, "keywords": [*document["keywords"], added]}
        case a.KeywordChanged(keyword=keyword):
            changed = event.model_dump(exclude_none=True, include={"name", "is_active"})
            keywords = [{**each, **changed} if each["id"] == keyword else each for each in document["keywords"]]
            return {**document, "keywords": keywords}
        case _:
            return None


def _persons(document: Document) -> list[str]:
    found = [document.get("person"), *document.get("couple", {}).values()]
    return [person for person in found if person]


def _without_redacted(*names: str) -> list[str]:
    return [name for name in names if name != REDACTED]

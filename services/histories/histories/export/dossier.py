"""The dossier of one address as records, in one order: who it is, what it has to do with, and what happened.

Everything is read page by page while it is sent. What other services say is taken over as they say it; the names of
records are those of the glossary, the names of fields those of the APIs.
"""

from __future__ import annotations

from asyncio import gather
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from histories.domain.documents import Entry
from histories.domain.rules import CONTACT_OF_COMPANY, OPPORTUNITY_OF_ADDRESS, said
from histories.export.others import Fields, Listed, Others
from histories.export.paths import folder, paths
from histories.views.families import Family
from histories.views.pages import Pages
from histories.views.rows import WHOLE_FIELDS
from histories.views.wanted import START, Place, Wanted

FORMAT = "dossier/1"
"""Changes when a reader of the records has to change; new fields and records do not."""
CONTACTS_AT_ONCE = 50
"""Contacts whose opportunities are asked for together."""
ACTIVITIES_PAGE = 50
"""Activities are read with their whole texts, of up to 64 K characters."""
_ON_PAGE = {"channels": "channel", "postal_addresses": "postal_address", "keywords": "keyword"}
_LISTED = ("contacts", "companies", "couples", "subsidiaries", "links")
"""What an address's page shows the beginning of, and lists have all of."""
_COLLECTIONS = {"company": "companies", "person": "persons", "contact": "contacts", "couple": "couples"}

Ask = Callable[[], Awaitable[Pages]]
"""Questions of the reader as things stand: what is set aside may change while a long dossier is read."""


@dataclass(frozen=True)
class Dossier:
    """What there is to tell before anything is sent: whatever is refused is refused until then."""

    head: Fields
    address: Fields
    lists: Mapping[str, Listed]
    first: list[Entry]
    target: str
    wanted: Wanted
    ask: Ask
    others: Others

    async def records(self) -> AsyncGenerator[Fields]:
        """All records; the last one says that it is, and how many there were of each name.

        Raises as `opened` where that cannot be told any more: without the last record it is not all.
        """
        counts = Counter[str]()
        async for record in self._records():
            counts[record["record"]] += 1
            yield record
        yield {"record": "complete", "counts": dict(counts)}

    async def _records(self) -> AsyncIterator[Fields]:
        yield {"record": "header", **self.head}
        apart = {*_ON_PAGE, *_LISTED}
        yield {"record": "address", **{name: value for name, value in self.address.items() if name not in apart}}
        for name, record in _ON_PAGE.items():
            for item in self.address[name]:
                yield {"record": record, **item}
        contacts = dict[str, str]()
        for record, listed in self.lists.items():
            async for item in listed.items():
                if record == "contact":
                    contacts[f"contact-{item['id']}"] = item["alias"]
                yield {"record": record, **item, **self._why(record, item)}
            if record == "opportunity" and self.target.startswith("company-"):
                async for item in self._of_contacts(contacts):
                    yield item
        async for record in self._activities():
            yield record

    async def _of_contacts(self, contacts: Mapping[str, str]) -> AsyncIterator[Fields]:
        """The opportunities of a company's contacts: what was said of them is on its page, too (CON-10)."""
        streams = list(contacts)
        for start in range(0, len(streams), CONTACTS_AT_ONCE):
            some = streams[start : start + CONTACTS_AT_ONCE]
            listed = await self.others.page(f"{self.others.engagements}/v1/opportunities", address=some)
            async for item in listed.items():
                if contact := contacts.get(f"contact-{item['address']['id']}"):  # else it was moved just now
                    of_company = said(CONTACT_OF_COMPANY, contact, self.address["alias"])
                    yield {"record": "opportunity", **item, **self._why("opportunity", item, contact, of_company)}

    def _why(self, record: str, item: Fields, of: str = "", *further: str) -> Fields:
        """Why an opportunity is here, in the words of histories."""
        if record != "opportunity":
            return {}
        first = said(OPPORTUNITY_OF_ADDRESS, item["title"], of or self.address["alias"])
        return {"why": [{"says": "; ".join((first, *further))}]}

    async def _activities(self) -> AsyncIterator[Fields]:
        found, number = self.first, 0
        while found:
            for told in await (await self.ask()).told_whole(found, self.target):
                activity = await self._with_whole_text(told)
                documents = activity["documents"]
                number += bool(documents)
                yield {"record": "activity", **activity}
                place = folder(number, activity["occurred_on"], activity["title"])
                for each, path in zip(documents, paths(place, (each["name"] for each in documents)), strict=True):
                    yield {"record": "document", "activity": activity["id"], **each, "path": path}
            place = Place(found[-1]["dated"])
            found = await _entries(await self.ask(), self.target, self.wanted, place)

    async def _with_whole_text(self, activity: Fields) -> Fields:
        """A text that events hold the beginning of is with the activities service."""
        cut = activity["text_cut"]
        text = await self.others.text(activity["id"]) if cut else None
        return activity if text is None else activity | {"text": text, "text_cut": False}


async def opened(target: str, wanted: Wanted, head: Fields, ask: Ask, others: Others) -> Dossier:
    """The dossier, once all who have to tell of it have begun to.

    Raises NotFound and Gone as the pages do, and Problem 503 while a service is away.
    """
    first = await _entries(await ask(), target, wanted, START)
    address = await others.one(f"{others.addresses}/v1/addresses/{target}")
    asked = {name: others.page(url, **parameters) for name, url, parameters in _lists(target, others)}
    lists = dict(zip(asked, await gather(*asked.values()), strict=True))
    return Dossier(head, address, lists, first, target, wanted, ask, others)


async def _entries(questions: Pages, target: str, wanted: Wanted, place: Place) -> list[Entry]:
    return await questions.history(Family.alone(target), wanted, place, ACTIVITIES_PAGE, fields=WHOLE_FIELDS)


def _lists(target: str, others: Others) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The lists of an address: the name of their records, where they are, and what is asked for."""
    kind, identifier = target[:-37], target[-36:]
    own = {"inactive": "true", kind: identifier}
    if kind in ("company", "person"):
        yield "contact", f"{others.addresses}/v1/contacts", own
    if kind == "company":
        yield "subsidiary", f"{others.addresses}/v1/companies", {"inactive": "true", "parent": identifier}
    if kind == "person":
        yield "couple", f"{others.addresses}/v1/couples", own
    yield "link", f"{others.addresses}/v1/{_COLLECTIONS[kind]}/{identifier}/links", {}
    yield "role", f"{others.engagements}/v1/roles", {"address": target}
    yield "opportunity", f"{others.engagements}/v1/opportunities", {"address": target}
    yield "invoice", f"{others.engagements}/v1/invoices", {"recipient": target}

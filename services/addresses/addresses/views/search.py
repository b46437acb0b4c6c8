"""Search over all address types: whatever is asked for, no collection is walked through.

Every condition is a term of the line (see `domain/book/lines.py`). Lists by name, which a form asks for while somebody
types, are read from the lines of a condition that stands for few terms: the index has these in order (`vocabulary.py`).

All else is read in the order of the list, a stride at a time, until the page is full; as soon as the rarest condition
is met by fewer lines than the next stride would read, those are looked up and sorted instead. So what many meet fills a
page quickly, and what few meet is fetched quickly.
"""

from __future__ import annotations

import re
from asyncio import gather
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from addresses.views.book import CALLED, COMPANY, SORT, TERMS, AddressBook
from addresses.views.vocabulary import Term
from dossier.folding import digits, fold, is_number, words
from dossier.mongo import ASCENDING, Cursor, Document

STRIDE = 2_000
"""Lines that are read in half a dozen milliseconds, be it in order or by a term."""

_GROWTH = 4
"""The next stride is at most so many times as long as all before: what comes first in a list is often all of one kind,
and says little of the rest."""

ROW: Document = dict.fromkeys(
    (
        "alias",
        "name",
        "city",
        "company",
        "persons",
        "function",
        "department",
        "valid_from",
        "valid_to",
        "is_active",
        "account_manager",
        "sort",
        "called",
    ),
    1,
)
"""What of a line a list shows, and where it stands in it."""

BY_ID = "_id_"
Order = Literal["alias", "relevance"]
Field = Literal["sort", "called"]
"""What lines are in the order of: the alias, or the address's own name."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for. `private`: whether private values are searched as well; `today` judges validity.

    Of `keywords` a line has all, of `one_keyword_of` any. `country_code` is that of numbers typed without one. `within`
    are the streams that lie in the `folder`, none: wherever something lies.
    """

    today: str
    text: str = ""
    types: Collection[str] = ()
    city: str = ""
    channel: str = ""
    keywords: Collection[str] = ()
    one_keyword_of: Collection[str] | None = None
    keyword_group: str | None = None
    company: str | None = None
    account_manager: str | None = None
    inactive: bool = False
    private: bool = False
    country_code: str = ""
    folder: str | None = None
    within: Collection[str] | None = None

    @cached_property
    def terms(self) -> list[Sequence[Term]]:
        """For each condition the terms of which a line has to have one."""
        return [*self._text(), *self.filters]

    @cached_property
    def filters(self) -> list[Sequence[Term]]:
        """Those of the conditions that are not typed words."""
        return list(self._filters())

    @property
    def begins(self) -> str:
        """The beginning by which a name comes before all others that are found."""
        return " ".join(words(self.text))

    @property
    def asked(self) -> list[str]:
        """All that is asked for, in words: what names the list in a cursor."""
        named = {"company": self.company, "folder": self.folder, "inactive": self.inactive, "private": self.private}
        terms = [[each if isinstance(each, str) else each.pattern for each in term] for term in self.terms]
        return [self.begins, str(terms), str(named)]

    def conditions(self) -> list[Document]:
        """What a line has to meet, apart from its terms."""
        found: list[Document] = [] if self.inactive else holding(self.today)
        if self.company is not None:
            found = [{"company": self.company}, *found]
        return found if self.within is None else [{"_id": {"$in": list(self.within)}}, *found]

    @property
    def index(self) -> str | None:
        """The one that finds all there can be, if it is few enough; none: as the terms say."""
        return BY_ID if self.within is not None else COMPANY if self.company is not None else None

    def _text(self) -> Iterable[Sequence[Term]]:
        if is_number(self.text):
            yield [*_begins(self._values(), self._forms(self.text)), *_begins(self._words(), [digits(self.text)])]
        else:
            yield from (self._word(word) for word in self._typed())

    def _word(self, word: str) -> Sequence[Term]:
        """A typed word; the beginning of a number among words is one of a value as well."""
        values = _begins(self._values(), self._forms(word)) if is_number(word) else []
        return [*values, *_begins(self._words(), [word])]

    def _filters(self) -> Iterable[Sequence[Term]]:
        if self.types:
            yield [f"t:{each}" for each in sorted(self.types)]
        if self.city.strip():
            yield [f"{mark}:{fold(self.city.strip())}" for mark in ("cC" if self.private else "c")]
        if self.channel.strip():
            yield [f"{mark}:{form}" for mark in self._values() for form in self._forms(self.channel)]
        yield from ([f"k:{keyword}"] for keyword in sorted(self.keywords))
        if self.one_keyword_of is not None:
            yield [f"k:{keyword}" for keyword in sorted(self.one_keyword_of)]
        if self.keyword_group is not None:
            yield [f"g:{self.keyword_group}"]
        if self.account_manager is not None:
            yield [f"m:{self.account_manager}"]

    def _typed(self) -> list[str]:
        """The words that are typed; one that another begins with asks for nothing more."""
        typed = dict.fromkeys(words(self.text))
        return [word for word in typed if not any(other != word and other.startswith(word) for other in typed)]

    def _words(self) -> str:
        return "wW" if self.private else "w"

    def _values(self) -> str:
        return "vV" if self.private else "v"

    def _forms(self, text: str) -> list[str]:
        """A channel's value as it is kept: a web address with its scheme, a number also with the country code."""
        text = text.strip()
        if not is_number(text):
            plain = text.casefold().rstrip("/")
            return [plain, f"https://{plain}"]
        abroad = text.lstrip("( ").startswith(("+", "00"))
        plain = digits(text.replace("(0)", "") if abroad else text)
        if abroad:
            return [plain.removeprefix("00")]
        return [plain, self.country_code + plain[1:]] if plain.startswith("0") and self.country_code else [plain]


class Lead(NamedTuple):
    """The condition, by its place among all, that lines are looked up by, and the terms that it stands for."""

    at: int
    terms: Sequence[Term]


class Search:
    """Questions to one generation of the book."""

    def __init__(self, book: AddressBook) -> None:
        self._lines = book.lines
        self._vocabulary = book.vocabulary

    async def listed(self, wanted: Wanted, order: Order, position: Sequence[Any] | None, limit: int) -> list[Document]:
        """Up to `limit` lines after a position, in order.

        By relevance those come first whose own name begins with what is asked for, then all others; each by name.
        """
        part, after = position or (0, "")
        if not by_name(wanted, order):
            return await self.others(wanted, after, limit, SORT)
        found: list[Document] = []
        if part == 0:
            # Whoever is called so has the words, too; what else is asked for may be rare among them.
            by = await self.rarest(wanted, STRIDE) if wanted.filters else None
            found = await self.first(wanted, after, limit, by=by).to_list(None)
            after = ""
        if len(found) < limit:
            found += await self.others(wanted, after, limit - len(found), CALLED)
        return found

    async def others(self, wanted: Wanted, after: str, limit: int, order: Field) -> list[Document]:
        """Lines in order, read in whichever way costs less; by name without those that `first` finds.

        How often lines were hits so far says how many more fill the page: that is the next stride.
        """
        if not wanted.terms or wanted.index is not None:
            return await self.ordered(wanted, after, limit, order).to_list(None)
        if order == CALLED and (lead := await self.leading(wanted)) is not None:
            return await self.ordered(wanted, after, limit, order, by=lead).to_list(None)
        found: list[Document] = []
        read, stride = 0, STRIDE
        while (lacking := limit - len(found)) > 0:
            if (by := await self.rarest(wanted, stride)) is not None:
                return found + await self.ordered(wanted, after, lacking, order, by=by).to_list(None)
            edge = await self._edge(after, stride, order)
            found += await self.ordered(wanted, after, lacking, order, to=edge).to_list(None)
            if edge is None:
                break
            after, read = edge, read + stride
            stride = max(STRIDE, min(_GROWTH, (limit - len(found)) // (len(found) + 1)) * read)
        return found

    def first(self, wanted: Wanted, after: str, limit: int, *, by: Lead | None = None) -> Cursor:
        """Lines whose own name begins with the text, by name."""
        within: list[Document] = [{"called": _beginning(wanted.begins)}, {"called": {"$gt": after}}]
        return self._found(wanted, within, CALLED, limit, by=by)

    def ordered(
        self,
        wanted: Wanted,
        after: str,
        limit: int,
        order: Field = SORT,
        *,
        by: Lead | None = None,
        to: str | None = None,
    ) -> Cursor:
        """Lines in order, up to the place `to`; by name without those whose own name begins with the text."""
        within: list[Document] = [{order: {"$gt": after} if to is None else {"$gt": after, "$lte": to}}]
        if order == CALLED:
            within.append({CALLED: {"$not": _beginning(wanted.begins)}})
        return self._found(wanted, within, order, limit, by=by)

    def _found(self, wanted: Wanted, within: list[Document], order: str, limit: int, *, by: Lead | None) -> Cursor:
        terms = [_only_compared(_having(each)) for each in wanted.terms]
        if by is not None:
            terms[by.at] = _having(by.terms)
        query = {"$and": [*terms, *within, *wanted.conditions()]}
        index = order if by is None else TERMS
        return self._lines.find(query, ROW).sort(order, ASCENDING).hint(wanted.index or index).limit(limit)

    async def leading(self, wanted: Wanted) -> Lead | None:
        """The condition whose lines are read by name: of those that stand for few enough terms the rarest.

        None if there is no such condition, or another one is so rare that its lines had better be sorted. Of words that
        many have the longest beginning is taken to be the rarest. Filters that many meet do not lead: half of all
        addresses are contacts.
        """
        counts, meant = await gather(
            gather(*(self._count(each, STRIDE) for each in wanted.terms)),
            gather(*(self._vocabulary.meant(each) for each in wanted.terms)),
        )
        for at in sorted(range(len(counts)), key=lambda at: (counts[at], -_typed(wanted.terms[at]))):
            rare = counts[at] < STRIDE
            if (terms := meant[at]) is not None and (rare or _typed(wanted.terms[at])):
                return Lead(at, terms)
            if rare:
                return None
        return None

    async def rarest(self, wanted: Wanted, bound: int) -> Lead | None:
        """The condition that is met by the fewest lines, if by fewer than that."""
        counts = await gather(*(self._count(each, bound) for each in wanted.terms))
        fewest = min(counts, default=bound)
        at = counts.index(fewest) if fewest < bound else None
        return None if at is None else Lead(at, wanted.terms[at])

    def reaching(self, after: str, stride: int, order: Field) -> Cursor:
        """The query for the place where a stride ends: from the index alone."""
        ahead = self._lines.find({order: {"$gt": after}}, {"_id": 0, order: 1})
        return ahead.sort(order, ASCENDING).hint(order).skip(stride - 1).limit(1)

    def counting(self, terms: Sequence[Term], bound: int) -> Document:
        """The command that counts lines that meet a condition, up to the bound: from the index alone."""
        return {"count": self._lines.name, "query": {"terms": {"$in": list(terms)}}, "limit": bound, "hint": TERMS}

    async def _edge(self, after: str, stride: int, order: Field) -> str | None:
        """The place where a stride ends; none if the list ends before."""
        found = await self.reaching(after, stride, order).to_list(None)
        return found[0][order] if found else None

    async def _count(self, terms: Sequence[Term], bound: int) -> int:
        return (await self._lines.database.command(self.counting(terms, bound)))["n"]


def holding(today: str) -> list[Document]:
    """Conditions of a line that is active on the day: past its last day it is not (CON-10, MAI-04)."""
    return [{"is_active": True}, {"$or": [{"valid_to": None}, {"valid_to": {"$gte": today}}]}]


def by_name(wanted: Wanted, order: Order) -> bool:
    """Whether the list is by name: where nothing is typed, no address is more relevant than another."""
    return order == "relevance" and bool(wanted.begins)


def place(line: Document, wanted: Wanted, order: Order) -> list[Any]:
    """Where the line stands in the list: what the next page begins after."""
    if not by_name(wanted, order):
        return [1, line["sort"]]
    return [0 if line["called"].startswith(wanted.begins) else 1, line["called"]]


def row(line: Document, today: str) -> Document:
    """A line as lists show it."""
    kind, identifier = line["_id"][:-37], line["_id"][-36:]
    return {
        "type": kind,
        "id": identifier,
        "alias": line["alias"],
        "name": line["name"],
        "city": line["city"],
        "company": line["company"][-36:] if line["company"] else None,
        "persons": line["persons"],
        "function": line["function"],
        "department": line["department"],
        "valid_from": line["valid_from"],
        "valid_to": line["valid_to"],
        "is_active": line["is_active"],
        "is_current": line["is_active"] and (line["valid_to"] is None or line["valid_to"] >= today),
        "account_manager": line["account_manager"],
    }


def _only_compared(condition: Document) -> Document:
    """The same condition, in words that the database does not look up.

    Of two that it could, it would try both, each for as long as the better one takes: nothing is found before all is
    read and sorted.
    """
    return {"$nor": [{"$nor": [condition]}]}


def _having(terms: Sequence[Term]) -> Document:
    return {"terms": {"$in": list(terms)}}


def _typed(terms: Sequence[Term]) -> int:
    """How much was typed of a condition's words."""
    return max((len(term.pattern) for term in terms if not isinstance(term, str)), default=0)


def _begins(marks: Iterable[str], starts: Iterable[str]) -> list[Term]:
    return [_beginning(f"{mark}:{start}") for mark in marks for start in starts]


def _beginning(text: str) -> re.Pattern[str]:
    # Without the mark for Unicode, which the database takes for something no range of an index can answer.
    return re.compile(f"^{re.escape(text)}", re.ASCII)

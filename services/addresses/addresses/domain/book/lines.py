"""The line of an address: what search finds it by, and what a list shows of it, derived from own sides alone.

A pure function of the address's own side and of the shapes of what it draws on, whatever order they came in. `inputs`
names them all with their versions: equal inputs, equal line.

Everything that can be asked for is a term, so that one index serves every combination: `w:` a word, `v:` a value of a
channel, `c:` a city, `t:` the type, `k:` a keyword, `g:` its group, `m:` the account manager, `h:` a linked person
(human), `p:` the parent. Words, values and cities that only private data holds have the same mark in upper case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from addresses.domain.book import alias as formula
from addresses.domain.book.own_sides import SETTINGS, Fields, kind_of, own_names
from dossier.folding import digits, fold, words

_LONGEST_KEY = 120
_NOISE = frozenset(("http", "https", "www"))
END = "\x1f"
"""Comes after a name in a key that orders: before every letter, so that the shorter name is first."""

OwnSides = Mapping[str, Mapping[str, Any]]


def derive(stream: str, own: Fields, drawn_on: OwnSides) -> Fields:
    """The line; `drawn_on` are own sides by stream, the settings among them, as far as they are known."""
    kind = kind_of(stream)
    company = drawn_on.get(f"company-{own['company']}") if kind == "contact" else None
    persons = {source[-36:]: side for source, side in drawn_on.items() if source.startswith("person-")}
    with_city = any(side["alias_with_city"] for source, side in drawn_on.items() if kind_of(source) == SETTINGS)
    computed = _computed(kind, own, company, persons, with_city=with_city)
    name = _name(kind, own, persons)
    alias = own["alias"] or computed
    city = own["city"] or (company["city"] if company else "")
    above = company["name"] if company else ""  # which the alias is without if the company's is typed
    listed = not own["deleted"]
    return {
        "_id": stream,
        "inputs": _inputs(stream, own, drawn_on),
        "sort": _key(alias, stream) if listed else None,
        "called": _key(name or alias, stream) if listed else None,
        "terms": sorted(_terms(kind, own, persons, [alias, computed, above], city)) if listed else [],
        "company": f"company-{own['company']}" if kind == "contact" and listed else None,
        "keywords": sorted(each["keyword"] for each in own["keywords"]) if listed else [],
        "alias": alias,
        "computed": computed,
        "manual": own["alias"] is not None,
        "outdated": _outdated(own, alias, computed, drawn_on),
        "name": name,
        "city": city,
        "is_active": own["is_active"] and listed,
        "valid_from": own.get("valid_from"),
        "valid_to": own.get("valid_to"),
        "function": own.get("function", ""),
        "department": own.get("department", ""),
        "persons": [source[-36:] for source in own["draws_on"] if source.startswith("person-")],
        "account_manager": own["account_manager"],
    }


def _computed(kind: str, own: Fields, company: Mapping[str, Any] | None, persons: OwnSides, *, with_city: bool) -> str:
    match kind:
        case "company":
            return formula.computed_company(own, with_city=with_city)
        case "contact":
            above = formula.company_alias(company, with_city=with_city) if company else ""
            return formula.computed_contact(own, above, persons.get(own["person"] or ""))
        case "couple":
            return formula.computed_couple(own, persons)
        case _:
            return formula.full_name(own)


def _name(kind: str, own: Fields, persons: OwnSides) -> str:
    """What the address itself is called: of a contact the name without its company."""
    match kind:
        case "company":
            return own["name"]
        case "contact":
            return formula.computed_contact(own, "", persons.get(own["person"] or ""))
        case "couple":
            return formula.computed_couple(own, persons)
        case _:
            return formula.full_name(own)


def _inputs(stream: str, own: Fields, drawn_on: OwnSides) -> dict[str, int]:
    shapes = {source: side["shape"] for source, side in drawn_on.items() if side["shape"]}
    return dict(sorted({**shapes, stream: own["version"]}.items()))


def _outdated(own: Fields, alias: str, computed: str, drawn_on: OwnSides) -> bool:
    """Whether a typed alias stayed while what it would be computed from changed (beyond ALI-02)."""
    since = own["alias_set_at"]
    return since is not None and alias != computed and any(side["shaped_at"] > since for side in drawn_on.values())


def _key(text: str, stream: str) -> str:
    return " ".join(words(text))[:_LONGEST_KEY] + END + stream


def _terms(kind: str, own: Fields, persons: OwnSides, texts: list[str], city: str) -> set[str]:
    linked = [formula.full_name(person) for person in persons.values()]
    cities = {city, *(each["city"] for each in own["postal"])} - {""}
    terms = {f"t:{kind}", *_words("w", [*texts, *linked, *own_names(kind, own), *own["former"], *cities])}
    terms.update(f"c:{fold(each)}" for each in cities)
    terms.update(_of_channels("w", "v", own["channels"]))
    terms.update(_of_channels("W", "V", own["private_channels"]))
    private = {each["city"] for each in own["private_postal"]} - {""}
    terms.update(_words("W", private), (f"C:{fold(each)}" for each in private))
    for each in own["keywords"]:
        terms.update((f"k:{each['keyword']}", f"g:{each['group']}"))
    terms.update(f"h:{source[-36:]}" for source in own["draws_on"] if source.startswith("person-"))
    terms.update(f"{mark}:{own[name]}" for mark, name in (("m", "account_manager"), ("p", "parent")) if own.get(name))
    return terms


def _of_channels(word: str, value: str, channels: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for channel in channels:
        yield from (f"{value}:{form}" for form in comparable(channel["normalised"], channel["value"]))
        if not channel["normalised"].startswith("+"):
            yield from _words(word, [channel["normalised"]])


def comparable(normalised: str, typed: str) -> set[str]:
    """The forms in which a channel's value is found: of a number the digits, with country code and as typed."""
    if not normalised.startswith("+"):
        return {normalised.casefold()[:_LONGEST_KEY]}
    return {digits(normalised.partition(";")[0]), digits(typed)[:_LONGEST_KEY]} - {""}


def _words(mark: str, texts: Iterable[str]) -> Iterator[str]:
    return (f"{mark}:{word}" for text in texts for word in words(text) if word not in _NOISE)

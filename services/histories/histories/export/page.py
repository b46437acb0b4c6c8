"""The readable page of a dossier: one file without scripts, which asks nothing of anybody and can be printed.

Everything in it was typed by somebody: it is escaped, without characters that cannot be seen, and what stands in a line
cannot turn the rest of it round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from histories.export.others import Fields
from histories.views.rows import within

HISTORY = "history"
_PIECES = 200
"""Pieces of the page that are made at once."""
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_SHOWN_APART = frozenset({"record", "type", "id", "alias", "computed_alias", "facts", "private", "postal_address"})
_BARE = frozenset({"predecessor", "successor", "account_manager", "created_by", "changed_by"})
"""Ids, beside which stands a name."""

Columns = Mapping[str, str]
TABLES: Mapping[str, tuple[str, Columns]] = {
    "channel": (
        "Channels",
        {"Kind": "kind", "Label": "label", "Value": "value", "Of": "lives_on", "From": "valid_from", "To": "valid_to"}
        | {"Default": "is_default", "Private": "private", "Forbidden": "forbidden", "Consent": "consent"},
    ),
    "postal_address": (
        "Postal addresses",
        {"Kind": "kind", "Label": "label", "Street": "street", "Supplement": "supplement", "Code": "postal_code"}
        | {"City": "city", "Country": "country", "From": "valid_from", "To": "valid_to", "Default": "is_default"},
    ),
    "keyword": ("Keywords", {"Group": "group", "Keyword": "name"}),
    "contact": (
        "Contacts",
        {"Contact": "alias", "Company": "company_alias", "Function": "function", "Department": "department"}
        | {"From": "valid_from", "To": "valid_to"},
    ),
    "subsidiary": ("Subsidiaries", {"Company": "name", "Active": "is_active"}),
    "couple": ("Couples", {"Couple": "alias", "From": "valid_from", "To": "valid_to"}),
    "link": (
        "Links",
        {"Link": "label", "To": "address", "From": "valid_from", "Until": "valid_to", "Remark": "remark"},
    ),
    "role": ("Projects", {"Code": "code", "Project": "title", "Roles": "roles"}),
    "opportunity": (
        "Opportunities",
        {"Opportunity": "title", "Stage": "status_name", "Outcome": "outcome", "Amount": "amount"}
        | {"Currency": "currency", "Closing": "closing_on", "Seller": "seller_name", "Project": "project_name"}
        | {"Why": "why"},
    ),
    "invoice": (
        "Invoices",
        {"Number": "number", "Title": "title", "Date": "issued_on", "Amount": "amount", "Currency": "currency"}
        | {"State": "state", "Project": "project_name"},
    ),
}
"""The tables of the page, by the record of which each row is one: heading and columns."""
_MISSING = {
    "gone": "not in this archive: it is no longer there",
    "not-delivered": "not in this archive: it could not be fetched",
    "cut-short": "in this archive as a part only: the rest could not be fetched",
}


def page(records: Iterable[Fields], missing: Mapping[str, Fields]) -> Iterator[bytes]:
    """The page, piece by piece; `missing` are documents by their path. The records are read once, in their order."""
    parts = groupby(records, _part)
    words = {"tables": TABLES, "why_missing": _MISSING}
    stream = _TEMPLATE.stream(parts=parts, days=_days, facts=_facts, missing=missing, **words)
    stream.enable_buffering(_PIECES)
    for piece in stream:
        yield piece.encode()


def _part(record: Fields) -> str:
    name: str = record["record"]
    return HISTORY if name in ("activity", "document") else name


def _days(records: Iterable[Fields]) -> Iterator[tuple[str, Iterator[tuple[Fields, list[Fields]]]]]:
    """The activities of each day, each with its documents."""
    return groupby(_with_documents(records), lambda pair: pair[0]["occurred_on"])


def _with_documents(records: Iterable[Fields]) -> Iterator[tuple[Fields, list[Fields]]]:
    activity, documents = Fields(), list[Fields]()
    for record in records:
        if record["record"] == "document":
            documents.append(record)
            continue
        if activity:
            yield activity, documents
        activity, documents = record, []
    if activity:
        yield activity, documents


def _facts(address: Fields) -> Iterator[tuple[str, str]]:
    """What is known of the address, as heading and text; what is empty is left out."""
    for name, value in (address | address["facts"] | address.get("private", {})).items():
        if name in _SHOWN_APART | _BARE:
            continue
        if told := _moment(value) if name.endswith("_at") and value else _text(value):
            yield name.removesuffix("_name").removesuffix("_alias").replace("_", " ").capitalize(), told


def _text(value: Any) -> str:
    """Any value of a record in words: of what has a name, that name."""
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case {"role": code, "role_name": name, "valid_from": first, "valid_to": last}:
            return f"{name or code}{within(first, last)}"
        case {"alias": named} | {"name": named}:
            return named or ""
        case dict():
            return ", ".join(filter(None, map(_text, value.values())))
        case list():
            return "; ".join(filter(None, map(_text, value)))
        case _:
            return str(value)


def _clean(value: Any) -> Any:
    """What is written into the page: markup as it is, everything else without what cannot be seen."""
    return value if isinstance(value, Markup) else _UNSEEN.sub("", _text(value))


def _moment(text: str) -> str:
    """A moment as people read it: to the minute, with the distance from UTC that it was noted with."""
    zone = "UTC" if text.endswith("Z") else f"UTC{text[-6:]}"
    return f"{text[:10]} {text[11:16]} ({zone})"


_ENVIRONMENT = Environment(
    loader=PackageLoader("histories.export", "."),
    autoescape=True,
    finalize=_clean,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters["moment"] = _moment
_TEMPLATE = _ENVIRONMENT.get_template("page.html.jinja")

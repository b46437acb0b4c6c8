"""A page of a list of activities, with its days and the cursors of both ways."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from dossier.contracts.rules import RuleViolation
from dossier.http.activity_filters import View
from dossier.http.models import Window
from dossier.http.paging import PagingContext, Turn
from histories.domain.documents import Entry
from histories.domain.places import end_of
from histories.views.families import Family
from histories.views.pages import Pages
from histories.views.wanted import Place, Wanted


async def listed(
    questions: Pages, family: Family, wanted: Wanted, view: View, paging: PagingContext, *named: object
) -> dict[str, Any]:
    """The page that is asked for; `named` tells the list from others.

    Raises NotFound for one not to be seen, RuleViolation for a filter by what there is not, and for a folded search:
    words are found mail by mail.
    """
    if view.fold and wanted.text:
        raise RuleViolation("fold", "words are found mail by mail", "fold")
    await questions.require_known(wanted)
    of = (*named, wanted.asked, view.fold)
    turn = paging.turn(*of)
    if view.at is not None and not turn.key:
        turn = Turn([end_of(view.at)])
    place = Place(turn.key[0] if turn.key else None, turn.back)
    found = await questions.history(family, wanted, place, paging.limit + 1, fold=view.fold is not None)
    return await shown_page(questions, family, paging.window(found, _place, turn, *of), wanted.text)


async def shown_page(questions: Pages, family: Family, page: Window[Entry], text: str = "") -> dict[str, Any]:
    """The page as answers show it: whose it is, its days, and in its rows where the words are that were sought."""
    of, items = await questions.rows(page.items, family)
    if text:
        for row, hits in zip(items, await questions.hits(page.items, text), strict=True):
            row["hits"] = hits
    days = [{"day": day, "count": len(list(rows))} for day, rows in groupby(items, key=lambda row: row["occurred_on"])]
    return {"of": of, "items": items, "days": days, "next": page.next, "previous": page.previous}


def _place(entry: Entry) -> tuple[str]:
    return (entry["dated"],)

"""Saved searches: keep one, share it, find it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Response

from addresses.api.folder_models import (
    NewSavedSearch,
    SavedSearchChange,
    SavedSearchView,
    shown_search,
)
from addresses.api.naming import Called
from addresses.api.owned import InCatalogue, given, may_see_search, seen_by
from addresses.api.reading import answer
from addresses.api.reading_models import AddressList
from addresses.api.searching import Arranged, Arrangement, Asks, Filtered, Filters, found
from addresses.catalogue import SAVED_SEARCH
from addresses.domain import folders
from addresses.domain.folders import SavedSearch
from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.commands import load
from dossier.contracts.addresses import SavedSearchChanged, SearchSaved
from dossier.contracts.base import Id
from dossier.contracts.rules import NotFound, RuleViolation
from dossier.http.activity_filters import SEARCHES, View
from dossier.http.after import After
from dossier.http.listing import listed
from dossier.http.models import Answer, Page
from dossier.http.paging import Paging
from dossier.http.parameters import read_as
from dossier.http.problems import Problem, responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, standing
from dossier.ids import stream_id
from dossier.store import CommitStore

router = Router(prefix="/v1/saved-searches", tags=["folders"])

HERE = "addresses"
"""What a search is of that is run here."""
KEPT = ("body", "parameters")


@router.post("", status_code=201, dependencies=[require("write")])
async def save(body: NewSavedSearch, write: Write, caller: Caller) -> Answer:
    """Keep a search: one's own, and everybody's to use if it is shared."""
    if caller.user is None:
        raise Problem(403, "not-allowed", "Not allowed", "A service has nothing of its own.", rule="user")
    _read(body.of, body.parameters)
    new = SearchSaved(**body.model_dump(exclude={"id"}), owner=caller.user)
    return await write.create(SAVED_SEARCH, body.id, lambda s: folders.save_search(s, new))


@router.get("", dependencies=[require("read")])
async def list_searches(
    store: Store,
    catalogue: InCatalogue,
    names: Called,
    paging: Paging,
    after: After,
    caller: Caller,
    of: str | None = None,
) -> Page[SavedSearchView]:
    """Saved searches by id: one's own and those that are shared; `of` one query."""
    page = await listed(catalogue, paging, after, "saved-search", seen_by=seen_by(caller), of=of)
    found = [(item["id"], (await load(store, SAVED_SEARCH, item["_id"])).state) for item in page.items]
    # The catalogue is a moment behind: one that is no longer shared must not be shown meanwhile.
    seen = [(id, state) for id, state in found if may_see_search(state, caller)]
    owners = await names.of(stream_id("user", state.owner) for _, state in seen)
    return Page(items=[shown_search(id, state, owners) for id, state in seen], next=page.next)


@router.get("/{id}", dependencies=[require("read")])
async def read(id: Id, store: Store, names: Called, caller: Caller, response: Response) -> SavedSearchView:
    """The saved search as it stands at this moment."""
    await _visible(store, id, caller)
    state = await standing(store, SAVED_SEARCH, id, response)
    return shown_search(id, state, await names.of([stream_id("user", state.owner)]))


@router.get("/{id}/results", dependencies=[require("read")], response_model=AddressList, responses=responses(404))
async def results(
    id: Id,
    asks: Asks,
    filled_in: Filtered,
    arranged: Arranged,
    names: Called,
    store: Store,
    caller: Caller,
    paging: Paging,
    response: Response,
) -> Response:
    """The addresses that the search finds now. Parameters of the request are filled in, instead of saved ones."""
    state = await _visible(store, id, caller)
    if state.of != HERE:
        raise RuleViolation("FOL-01", "it is no search of addresses; the service of histories runs it", "id")
    given = {**filled_in.model_dump(exclude_unset=True), **arranged.model_dump(exclude_unset=True)}
    filters, view = read_as(Filters, Arrangement, {**state.parameters, **given}, "query")
    return answer(await found(asks.book, names, await asks.wanted(filters), view.order, paging), response)


@router.patch("/{id}", dependencies=[require("write")], responses=responses(409))
async def change(id: Id, body: SavedSearchChange, write: Write, caller: Caller) -> Answer:
    """Name it otherwise, ask otherwise, share it or not. Only its owner does."""
    state = await _visible(write.store, id, caller)
    if state.owner != caller.user:
        raise _not_own()
    wanted = SavedSearchChanged(**given(body))
    _read(state.of, wanted.parameters or {})
    return await write.change(SAVED_SEARCH, id, lambda s: folders.change_search(s, wanted))


@router.delete("/{id}", dependencies=[require("write")], responses=responses(409))
async def remove(id: Id, write: Write, caller: Caller) -> Answer:
    """Forget the search. Its owner does, or who administers if it is shared."""
    state = (await load(write.store, SAVED_SEARCH, stream_id("saved-search", id))).state
    # What is gone is gone: its owner may say so again.
    if state.saved is None or state.owner != caller.user:
        await _visible(write.store, id, caller)
        if not caller.may("administer"):
            raise _not_own()
    return await write.change(SAVED_SEARCH, id, folders.remove_search)


def _read(of: str, parameters: Mapping[str, Any]) -> None:
    """Raise RuleViolation or RequestValidationError for what such a search could not be asked.

    Whether what is named is there, is asked when the search is run.
    """
    if of == HERE:
        read_as(Filters, Arrangement, parameters, *KEPT)
        return
    filters, _ = read_as(SEARCHES[of], View, parameters, *KEPT)
    try:
        filters.check()
    except RuleViolation as refused:
        raise RuleViolation(refused.rule, refused.detail, f"parameters.{refused.field}") from None


async def _visible(store: CommitStore, id: str, caller: Principal) -> SavedSearch:
    state = (await load(store, SAVED_SEARCH, stream_id("saved-search", id))).state
    if state.saved is None or not may_see_search(state, caller):
        raise NotFound(id)
    return state


def _not_own() -> Problem:
    return Problem(403, "not-allowed", "Not allowed", "Only who saved the search may do this.", rule="owner")

"""What is shared or somebody's own: personal things do not exist for others (KEY-06), shared ones are administered."""

from __future__ import annotations

from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Depends, Request

from addresses.domain.folders import SavedSearch
from addresses.views.catalogue import EVERYONE, Catalogue
from dossier.auth.principals import Principal
from dossier.commands import Aggregate, load
from dossier.contracts.rules import NotFound
from dossier.http.models import Request as Body
from dossier.http.problems import Problem
from dossier.ids import stream_id
from dossier.store import CommitStore


class Owned(Protocol):
    """A state that may have an owner."""

    @property
    def owner(self) -> str | None:
        """The user whose own it is; none: shared."""
        ...


O = TypeVar("O", bound=Owned)  # noqa: E741


async def _catalogue(request: Request) -> Catalogue:
    return request.app.state.catalogue


InCatalogue = Annotated[Catalogue, Depends(_catalogue)]


def may_see(state: Owned, caller: Principal) -> bool:
    """Shared things for everybody, personal ones for their owner and for services that are trusted with all events."""
    return state.owner is None or state.owner == caller.user or caller.may("feed")


def may_see_search(state: SavedSearch, caller: Principal) -> bool:
    """One's own saved search, and one that is shared."""
    return not state.is_removed and (state.is_shared or state.owner == caller.user or caller.may("feed"))


def seen_by(caller: Principal) -> tuple[str | None, ...] | None:
    """What may_see says, as a filter of the catalogue."""
    return None if caller.may("feed") else (EVERYONE, caller.user)


async def visible(store: CommitStore, aggregate: Aggregate[O], id: str, caller: Principal) -> O:
    """The thing as it stands. Raises NotFound if there is none that the caller may see."""
    loaded = await load(store, aggregate, stream_id(aggregate.kind, id))
    if not loaded.head.exists or not may_see(loaded.state, caller):
        raise NotFound(id)
    return loaded.state


async def changeable(store: CommitStore, aggregate: Aggregate[O], id: str, caller: Principal) -> O:
    """The thing, which the caller may change: one's own, or a shared one with the capability to administer.

    Asked before the version is compared, as a conflict would tell of a personal thing. Raises NotFound, or Problem 403.
    """
    state = await visible(store, aggregate, id, caller)
    if state.owner is None:
        must_administer(caller)
    elif state.owner != caller.user:
        raise NotFound(id)
    return state


def owner_of_new(caller: Principal, *, personal: bool) -> str | None:
    """The owner of what the caller makes. Raises Problem 403 for a shared thing without the capability."""
    if not personal:
        must_administer(caller, ' With "personal": true it is your own.')
        return None
    if caller.user is None:
        raise Problem(403, "not-allowed", "Not allowed", "A service has nothing of its own.", rule="user")
    return caller.user


def must_administer(caller: Principal, otherwise: str = "") -> None:
    """Raise Problem 403 unless the caller may administer; it says what to do `otherwise`."""
    if not caller.may("administer"):
        detail = f"What is shared needs the capability 'administer'.{otherwise}"
        raise Problem(403, "not-allowed", "Not allowed", detail, rule="capability:administer")


def given(body: Body, *may_be_null: str) -> dict[str, Any]:
    """The fields that a partial change gives. Null means as much as absent, except where it takes something away."""
    values = body.model_dump(exclude_unset=True)
    return {field: value for field, value in values.items() if value is not None or field in may_be_null}

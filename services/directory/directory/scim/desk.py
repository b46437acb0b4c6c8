"""What every route of SCIM works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from directory.roll import Rolls
from directory.scim.queries import QueryParameters, query_parameters
from directory.scim.resources import PREFIX
from dossier.store import CommitStore


@dataclass(frozen=True)
class Desk:
    """The store, what stands in it, and the address under which the provider reaches SCIM."""

    store: CommitStore
    rolls: Rolls
    base: str


async def _desk(request: Request) -> Desk:
    state = request.app.state
    return Desk(state.store, state.rolls, f"{str(request.base_url).rstrip('/')}{PREFIX}")


OwnDesk = Annotated[Desk, Depends(_desk)]
Asked = Annotated[QueryParameters, Depends(query_parameters)]

"""What other systems send, and what they are answered.

A field that a system never sends is kept by people here. One that it keeps it sends every time: an update that comes
late is ignored as a whole, so what only that one said would be missing.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Path
from pydantic import Field

from dossier.contracts.base import Id
from dossier.contracts.engagements import InvoiceState, ProjectState
from dossier.http.field_errors import form
from dossier.http.models import Answer, Request
from engagements.api.list_models import Position
from engagements.api.models import Address, Code, Notice, Team, Title
from engagements.api.part_models import Number, PhaseCode, SignedAmount
from engagements.api.values import CurrencyForm

System = Annotated[
    str,
    Path(
        pattern=form("^[a-z][a-z0-9_-]{0,49}$", "a name of lower-case letters, digits, - and _, at most 50"),
        description="The other system, by its own name",
        examples=["erp"],
    ),
]
_ID_THERE = form("^[!-.0-~]{1,100}$", "1 to 100 visible ASCII characters without a slash")
ExternalId = Annotated[
    str, Path(pattern=_ID_THERE, description="The id there: visible characters, no slash", examples=["P-17"])
]
Version = Annotated[
    int, Field(ge=0, le=2**63 - 1, description="Grows with every change there: a number, a revision, a time in ms")
]


class ExternalRole(Request):
    """An address in a role, as the other system has it."""

    role: Annotated[str, Field(max_length=50, examples=["customer"])]
    address: Address
    valid_from: date | None = None
    valid_to: date | None = None


class ExternalProject(Request):
    """A project as another system keeps it."""

    version: Version
    code: Code
    title: Title
    state: ProjectState = "running"
    leader: Id | None = None
    team: Team = ()
    is_active: bool = True
    roles: Annotated[
        tuple[ExternalRole, ...] | None, Field(max_length=200, description="All its roles; null: it keeps none")
    ] = None


class ExternalPhase(Request):
    """A phase as another system keeps it."""

    version: Version
    code: PhaseCode = ""
    title: Title
    position: Position = 0
    is_active: bool = True


class ExternalInvoice(Request):
    """An invoice as another system keeps it; `project` is the project's id there."""

    version: Version
    number: Number
    project: Annotated[str | None, Field(pattern=_ID_THERE, examples=["P-17"])] = None
    recipient: Address
    issued_on: date
    amount: SignedAmount
    currency: CurrencyForm
    state: InvoiceState = "open"
    title: Annotated[str, Field(max_length=255)] = ""


class ExternalAnswer(Answer):
    """What became of an update.

    `applied` is false for one that is not newer than what the system said before: it changed nothing. `source_version`
    is the newest that is known here. `warnings` are rules that what was recorded breaks; `unverified` are streams it
    refers to that are not known to exist.
    """

    applied: bool
    source_version: int
    warnings: tuple[Notice, ...] = ()
    unverified: tuple[str, ...] = ()

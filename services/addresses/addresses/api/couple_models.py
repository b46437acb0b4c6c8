"""Requests and answers of couples."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from addresses.api.fact_models import CoupleFacts, PrivateAccount, PublicCoupleFacts
from addresses.api.models import Reason
from addresses.api.part_models import AddressView, NewAddress, OnAlias
from dossier.contracts.base import Id
from dossier.http.models import Request


class HalfName(Request):
    """The typed name of one side."""

    last_name: Annotated[str, Field(max_length=255, examples=["Beispiel"])] = ""
    first_name: Annotated[str, Field(max_length=255, examples=["Bert"])] = ""


class CoupleHalf(HalfName):
    """One side of a couple: a person, or a typed name."""

    person: Annotated[Id | None, Field(description="The person who is this side; then no name is typed")] = None


class NewCouple(NewAddress):
    """A couple to enter."""

    a: CoupleHalf
    b: CoupleHalf
    valid_from: Annotated[date | None, Field(description="First day on which they are one; none: always")] = None
    facts: CoupleFacts = CoupleFacts()


class HalfRenaming(HalfName, OnAlias):
    """Another typed name of one side."""


class HalfCorrection(CoupleHalf, OnAlias):
    """Who one side should have been from the start."""

    reason: Reason = ""


class Separation(Request):
    """The last day on which they were a couple."""

    valid_to: date


class CoupleDatesCorrection(Request):
    """The dates as they should have been."""

    valid_from: date | None
    valid_to: date | None
    reason: Reason = ""


class HalfView(BaseModel):
    """One side of a couple; with a linked person the name is the person's present one."""

    person: str | None
    last_name: str
    first_name: str


class CoupleView(AddressView):
    """A couple as it stands; `private` only for callers who may see private data.

    `is_active` is false after a deactivation; `is_current` is false then, and after the separation.
    """

    type: Literal["couple"] = "couple"
    a: HalfView
    b: HalfView
    valid_from: date | None
    valid_to: date | None
    is_current: bool
    facts: PublicCoupleFacts
    private: PrivateAccount | None


class ListedCouple(BaseModel):
    """A couple in a list. Names of the sides are typed ones: empty where a person is linked, whose name `alias` has."""

    id: str
    alias: str
    a: HalfView
    b: HalfView
    valid_from: date | None
    valid_to: date | None
    is_active: bool

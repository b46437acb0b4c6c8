"""Requests and answers about the configurable lists and the settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dossier.contracts.engagements import Outcome
from dossier.http.field_errors import CODE
from dossier.http.models import Changes, Request
from engagements.api.models import OwnId

Label = Annotated[str, Field(min_length=1, max_length=100)]
Position = Annotated[int, Field(ge=0, le=10_000, description="Where it stands in the list")]
Percent = Annotated[int, Field(ge=0, le=100, description="In percent")]


class NewRoleType(Request):
    """Another role that addresses can play."""

    code: Annotated[str, Field(pattern=CODE, examples=["expert"])]
    label: Label
    is_adverse: Annotated[bool, Field(description="Stands against the client (conflict check)")] = False
    position: Position = 0


class RoleTypeFacts(Changes):
    """Facts of a role to change; what is absent stays."""

    label: Label = ""
    is_adverse: bool = False
    position: Position = 0
    is_active: bool = True


class RoleTypeView(BaseModel):
    """A role as it stands; one that is inactive is no longer offered."""

    model_config = ConfigDict(from_attributes=True)

    id: str = ""
    code: str
    label: str
    is_adverse: bool
    position: int
    is_active: bool


class NewStatus(Request):
    """Another stage of opportunities; its outcome is for ever."""

    id: OwnId = None
    label: Label
    outcome: Outcome = "open"
    probability: Percent
    position: Position = 0


class StatusFacts(Changes):
    """Facts of a stage to change; what is absent stays."""

    label: Label = ""
    probability: Percent = 0
    position: Position = 0
    is_active: bool = True


class StatusView(BaseModel):
    """A stage as it stands; reaching it proposes the probability."""

    model_config = ConfigDict(from_attributes=True)

    id: str = ""
    label: str
    outcome: Outcome
    probability: int
    position: int
    is_active: bool


class SettingsBody(Request):
    """Is a contact or couple as customer refused, or recorded with a warning (ROL-02)?"""

    customer_rule: Literal["refuse", "warn"]


class SettingsView(BaseModel):
    """How engagements work in this installation."""

    customer_rule: Literal["refuse", "warn"]

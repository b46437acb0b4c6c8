"""What corrections of an activity and of its place in histories take."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dossier.contracts.common import AddressRef, Reference
from dossier.http.models import Request

Reason = Annotated[str, Field(max_length=1000)]


class Why(Request):
    """Why it is done."""

    reason: Reason = ""


class MoveActivity(Why):
    """The address that the activity is to leave, and the one it is to belong to instead."""

    former: AddressRef
    to: AddressRef


class Place(Request):
    """The object whose history is meant."""

    object: Reference


class HideEntry(Place, Why):
    """The object whose history is not to show the activity, and why."""

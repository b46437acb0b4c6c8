"""Values that several contexts share: references, grants, the word for who did it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dossier.contracts.base import Id, Value

AddressType = Literal["company", "person", "contact", "couple"]
EngagementType = Literal["project", "phase", "opportunity", "invoice"]
KeywordedType = Literal["company", "person", "contact", "couple", "project", "opportunity", "activity"]
"""What can have keywords and lie in folders (KEY-07)."""


class AddressRef(Value):
    """A typed reference to an address; rules about types need no look-up."""

    type: AddressType
    id: Id

    @property
    def stream(self) -> str:
        """The id of the stream, and of the object in every read model."""
        return f"{self.type}-{self.id}"


class Reference(Value):
    """A typed reference to anything an activity may be linked to."""

    type: AddressType | EngagementType
    id: Id

    @property
    def stream(self) -> str:
        """The id of the object in every read model."""
        return f"{self.type}-{self.id}"


class ReferenceToAny(Value):
    """A typed reference to anything that can have keywords and lie in folders."""

    type: KeywordedType
    id: Id

    @property
    def stream(self) -> str:
        """The id of the object in every read model."""
        return f"{self.type}-{self.id}"


class GrantOrigin(Value):
    """Why a grant exists, so that a union of grants can be taken back: a channel, a person or a rule."""

    kind: Literal["channel", "person", "rule"]
    id: str = Field(max_length=200)


class Grant(Value):
    """The right of one user or group to see something, with its origin."""

    to: Literal["user", "group"]
    id: Id
    origin: GrantOrigin


class Principals(Value):
    """Named users and groups."""

    users: tuple[Id, ...] = ()
    groups: tuple[Id, ...] = ()

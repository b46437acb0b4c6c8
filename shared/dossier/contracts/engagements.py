"""Events of engagements: projects as references. Topic `crm.engagements`. Stream `project-…`.

Opportunities, phases and invoices follow in the same topic.
"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from dossier.contracts.base import Event, Id, event
from dossier.contracts.common import AddressRef, Principals


@event("engagements")
class ProjectRegistered(Event):
    """A project became known, here or from another system."""

    code: str = Field(max_length=50)
    title: str = Field(max_length=255)
    leader: Id | None = None


@event("engagements")
class ProjectChanged(Event):
    """Facts of a project changed; only the fields that are set did."""

    code: str | None = Field(default=None, max_length=50)
    title: str | None = Field(default=None, max_length=255)
    leader: Id | None = None
    is_active: bool | None = None


@event("engagements")
class RoleAssigned(Event):
    """An address took a role in the project (ROL-01). Dates are inclusive; none means always."""

    role_id: Id
    role: str = Field(max_length=50)
    address: AddressRef
    valid_from: date | None = None
    valid_to: date | None = None


@event("engagements")
class RoleDatesChanged(Event):
    """The validity of a role changed."""

    role_id: Id
    valid_from: date | None
    valid_to: date | None


@event("engagements")
class RoleRemoved(Event):
    """The role was assigned by mistake and is gone."""

    role_id: Id


@event("engagements")
class EngagementRestricted(Event):
    """Only these users and groups may see the engagement and what is linked to it."""

    to: Principals


@event("engagements")
class EngagementOpened(Event):
    """Everybody may see the engagement again."""

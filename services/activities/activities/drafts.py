"""From what a caller sent to what the contract says: defaults, limits, authorship, the origin of grants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, tzinfo
from typing import Any

from activities.api.models import CorrectActivity, NewGrant, RecordActivity
from activities.domain.recording import USUAL_MEDIUM, fits, fitting_title, usual_visibility
from activities.domain.span import first_day
from activities.domain.state import ENGAGEMENT_TYPES
from dossier.auth.principals import Principal
from dossier.contracts.activities import TEXT_LIMIT, ActivityChanges, ActivityRecorded
from dossier.contracts.common import Grant, GrantOrigin
from dossier.contracts.rules import RuleViolation
from dossier.texts import Texts


async def drafted(
    body: RecordActivity, stream: str, principal: Principal, today: date, place: tzinfo, texts: Texts
) -> ActivityRecorded:
    """The activity as it is to enter the history, on a day of this place. Raises RuleViolation."""
    given = body.model_dump(
        exclude_unset=True, exclude={"id", "grants", "responsible", "further_responsible", "reviewer"}
    )
    people = {
        "responsible": body.responsible and body.responsible.assignment(),
        "further_responsible": tuple(user.assignment() for user in body.further_responsible),
    }
    settled: dict[str, Any] = {
        "medium": body.medium or USUAL_MEDIUM[body.kind],
        "title": fitting_title(body.title, by_machine=principal.service is not None),
        "occurred_on": body.occurred_on or first_day(body.starts_at, place, all_day=body.all_day) or today,
        "entered_by": author(principal, body.entered_by),
        "visibility": body.visibility or usual_visibility(body.kind, body.mail),
        "grants": granted(body.grants, principal),
        **{name: value for name, value in people.items() if value},
        **await kept(body.text, stream, texts),
    }
    return ActivityRecorded.model_validate({**given, **settled})


async def changed(body: CorrectActivity, stream: str, principal: Principal, texts: Texts) -> ActivityChanges:
    """The new values of own fields. Raises RuleViolation."""
    given = body.changes.model_dump(exclude_unset=True)
    if "title" in given:
        given["title"] = fitting_title(given["title"], by_machine=principal.service is not None)
    if "text" in given:
        given |= {"text_cut": False, "text_object": None} | await kept(given["text"], stream, texts)
    return ActivityChanges.model_validate(given)


async def kept(text: str, stream: str, texts: Texts) -> dict[str, Any]:
    """The text for the event: a long one is cut there, flagged, and kept whole (ACT-TEXT)."""
    if fits(text):
        return {"text": text}
    return {"text": text[:TEXT_LIMIT], "text_cut": True, "text_object": await texts.keep(stream, text)}


def author(principal: Principal, entered_by: str | None) -> str | None:
    """Who entered it: the person who calls, or whom a service names (nobody, if it acts for a mailbox).

    Raises RuleViolation ACT-08 if a person names somebody else.
    """
    if principal.user is None:
        return entered_by
    if entered_by not in (None, principal.user):
        raise RuleViolation("ACT-08", "who records an activity is its author", "entered_by")
    return principal.user


def granted(grants: Sequence[NewGrant], principal: Principal) -> tuple[Grant, ...]:
    """The grants with their origin. Raises RuleViolation RGT-10 if a person names another or a service none."""
    return tuple(
        Grant(to=grant.to, id=grant.id, origin=_origin(grant, principal, f"grants.{place}.origin"))
        for place, grant in enumerate(grants)
    )


def revoked(grants: Sequence[NewGrant], principal: Principal) -> tuple[Grant, ...]:
    """The grants to take back: of the origin that is named, or the person's own. Raises RuleViolation RGT-10."""
    return tuple(
        Grant(to=grant.to, id=grant.id, origin=grant.origin or _origin(grant, principal, f"grants.{place}.origin"))
        for place, grant in enumerate(grants)
    )


def _origin(grant: NewGrant, principal: Principal, field: str) -> GrantOrigin:
    if principal.user is None:
        if grant.origin is None:
            raise RuleViolation("RGT-10", "a service says for what it grants", field)
        return grant.origin
    own = GrantOrigin(kind="person", id=principal.user)
    if grant.origin not in (None, own):
        raise RuleViolation("RGT-10", "a person's grant has that person as its origin", field)
    return own


def references(draft: ActivityRecorded) -> dict[str, str]:
    """Everything of other services that an activity refers to: the field that names it, and its stream."""
    engagements = ((kind, getattr(draft, kind)) for kind in ENGAGEMENT_TYPES)
    main = {"responsible.user": f"user-{draft.responsible.user}"} if draft.responsible else {}
    return {
        **({"address": draft.address.stream} if draft.address else {}),
        **{f"further_addresses.{place}": each.stream for place, each in enumerate(draft.further_addresses)},
        **{kind: f"{kind}-{identifier}" for kind, identifier in engagements if identifier is not None},
        **main,
        **{
            f"further_responsible.{place}.user": f"user-{each.user}"
            for place, each in enumerate(draft.further_responsible)
        },
        **user_references("participants", draft.participants),
    }


def user_references(field: str, users: Sequence[str]) -> dict[str, str]:
    """The users that a list names."""
    return {f"{field}.{place}": f"user-{user}" for place, user in enumerate(users)}


def grant_references(grants: Sequence[Grant]) -> dict[str, str]:
    """The users and groups that grants name."""
    return {f"grants.{place}.id": f"{grant.to}-{grant.id}" for place, grant in enumerate(grants)}

"""The activity as it stands, and how its events change it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from activities.domain import task_side
from activities.domain.documents import Documents, with_event
from activities.domain.task_side import TaskEvent, TaskSide
from dossier.contracts.activities import (
    ActivityCompleted,
    ActivityCorrected,
    ActivityLinked,
    ActivityRecorded,
    ActivityReopened,
    ActivityRestored,
    ActivityUnlinked,
    ActivityWithdrawn,
    Assignment,
    DueMoved,
    EntryHidden,
    EntryPinned,
    EntryShown,
    EntryUnpinned,
    FollowUpMoved,
    GrantsAdded,
    GrantsRevoked,
    MailSighted,
    MailThreaded,
    ResponsibleAssigned,
    ResponsibleRemoved,
    Sighting,
    VisibilityChanged,
)
from dossier.contracts.activity_types import REVIEWED_DEADLINE
from dossier.contracts.attachments import DocumentEvent
from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef, Reference
from dossier.contracts.rules import NotFound

ADDRESS_TYPES = ("company", "person", "contact", "couple")
ENGAGEMENT_TYPES = ("project", "phase", "opportunity", "invoice")
PROJECT_PARTS = ("phase", "invoice")
"""Engagements of a project: always a phase, and an invoice if it says so."""


@dataclass(frozen=True, kw_only=True)
class Activity:
    """An activity as it stands.

    `recorded` is how it entered the history, `now` the same fields with all that came later; both are none until it
    exists. `kept_apart` are the objects a person unlinked, which no rule links again; `by_rule` those a rule linked.
    `withdrawal` says that it was entered in error, none while it stands; `pinned_on` and `hidden_on` are objects whose
    history shows it at the top, or not at all. `did` are the users who were responsible at any time since a review is
    asked for, the present ones with them, and `led` the main ones among them.
    """

    recorded: ActivityRecorded | None = None
    now: ActivityRecorded | None = None
    completed_on: date | None = None
    task: TaskSide = field(default_factory=TaskSide)
    sightings: tuple[Sighting, ...] = ()
    threaded: int = 0
    kept_apart: frozenset[str] = frozenset()
    by_rule: frozenset[str] = frozenset()
    withdrawal: ActivityWithdrawn | None = None
    pinned_on: tuple[Reference, ...] = ()
    hidden_on: tuple[Reference, ...] = ()
    documents: Documents = ()
    did: frozenset[str] = frozenset()
    led: frozenset[str] = frozenset()

    @property
    def withdrawn(self) -> bool:
        """Whether it was entered in error."""
        return self.withdrawal is not None

    @property
    def facts(self) -> ActivityRecorded:
        """The fields with their newest values. Raises NotFound if there is no such activity."""
        if self.now is None:
            raise NotFound("activity")
        return self.now

    @property
    def addresses(self) -> tuple[AddressRef, ...]:
        """All linked addresses, the primary one first (ACT-09)."""
        facts = self.facts
        return (facts.address, *facts.further_addresses) if facts.address else ()

    @property
    def engagements(self) -> tuple[str, ...]:
        """Streams of the linked project, phase, opportunity and invoice (ACT-10)."""
        slots = ((kind, getattr(self.facts, kind)) for kind in ENGAGEMENT_TYPES)
        return tuple(f"{kind}-{identifier}" for kind, identifier in slots if identifier)

    @property
    def links(self) -> frozenset[str]:
        """Streams of everything it belongs to."""
        return frozenset((*(address.stream for address in self.addresses), *self.engagements))

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """All responsible users, the main one first."""
        main = self.facts.responsible
        return (*((main,) if main else ()), *self.facts.further_responsible)

    @property
    def is_reviewed(self) -> bool:
        """Whether a second person has to approve it before it is done (DLN-01)."""
        return self.task.reviewer is not None or self.facts.activity_type == REVIEWED_DEADLINE

    @property
    def insiders(self) -> frozenset[str]:
        """Author and responsible users: who sees the activity even while its rights cannot be told."""
        users = (self.facts.entered_by, *(assignment.user for assignment in self.assignments))
        return frozenset(f"user:{user}" for user in users if user is not None)

    @property
    def readers(self) -> frozenset[str] | None:
        """Who may see it, as `user:…` and `group:…`; none means everybody."""
        if self.facts.visibility == "everyone":
            return None
        participants = {f"user:{user}" for user in self.facts.participants}
        granted = {f"{grant.to}:{grant.id}" for grant in self.facts.grants}
        return self.insiders | self.task.asked | participants | granted


def evolve(state: Activity, event: Event) -> Activity:
    """Apply an event. Raises TypeError for an event that is not one of an activity."""
    after = _evolved(state, event)
    if after.now is None:
        return after
    did, led = frozenset[str](), frozenset[str]()
    if after.is_reviewed:
        did = state.did.union(each.user for each in after.assignments)
        led = state.led.union(each.user for each in (after.facts.responsible,) if each)
    return after if (did, led) == (after.did, after.led) else replace(after, did=did, led=led)


def _evolved(state: Activity, event: Event) -> Activity:
    if isinstance(event, TaskEvent):
        return replace(state, task=task_side.evolve(state.task, event))
    match event:
        case ActivityRecorded():
            sightings = (event.sighting,) if event.sighting else ()
            return Activity(recorded=event, now=event, sightings=sightings)
        case ActivityCorrected():
            changes = event.changes
            return _with(state, **{name: getattr(changes, name) for name in changes.model_fields_set})
        case ActivityLinked():
            return _linked(state, event)
        case ActivityUnlinked():
            return _unlinked(state, event)
        case ActivityCompleted():
            return replace(state, completed_on=event.completed_on)
        case ActivityReopened():
            return replace(state, completed_on=None)
        case DueMoved():
            return _with(state, due_on=event.due_on)
        case ResponsibleAssigned() | ResponsibleRemoved() | FollowUpMoved():
            return _with_people(state, event)
        case ActivityWithdrawn() | ActivityRestored():
            return replace(state, withdrawal=event if isinstance(event, ActivityWithdrawn) else None)
        case EntryPinned() | EntryUnpinned():
            pinned = isinstance(event, EntryPinned)
            return replace(state, pinned_on=_placed(state.pinned_on, event.object, there=pinned))
        case EntryHidden() | EntryShown():
            hidden = isinstance(event, EntryHidden)
            return replace(state, hidden_on=_placed(state.hidden_on, event.object, there=hidden))
        case DocumentEvent():
            return replace(state, documents=with_event(state.documents, event))
        case MailThreaded() if state.facts.mail is not None:
            mail = state.facts.mail.model_copy(update={"thread": event.thread})
            return _with(replace(state, threaded=event.revision), mail=mail)
        case _:
            return _with_access(state, event)


def _with_people(state: Activity, event: ResponsibleAssigned | ResponsibleRemoved | FollowUpMoved) -> Activity:
    main, further = state.facts.responsible, state.facts.further_responsible
    if isinstance(event, FollowUpMoved):
        moved = Assignment(user=event.user, follow_up_on=event.follow_up_on)
        main = moved if main and main.user == event.user else main
        further = tuple(moved if other.user == event.user else other for other in further)
        return _with(state, responsible=main, further_responsible=further)
    user = event.assignment.user if isinstance(event, ResponsibleAssigned) else event.user
    main = None if main and main.user == user else main
    further = tuple(other for other in further if other.user != user)
    if isinstance(event, ResponsibleAssigned):
        main, further = (event.assignment, further) if event.main else (main, (*further, event.assignment))
    return _with(state, responsible=main, further_responsible=further)


def _with_access(state: Activity, event: Event) -> Activity:
    grants = state.facts.grants
    match event:
        case VisibilityChanged():
            return _with(state, visibility=event.visibility)
        case GrantsAdded():
            return _with(state, grants=(*grants, *event.grants))
        case GrantsRevoked():
            return _with(state, grants=tuple(grant for grant in grants if grant not in event.grants))
        case MailSighted():
            sighted = replace(state, sightings=(*state.sightings, event.sighting))
            return _with(sighted, grants=(*grants, *event.grants))
        case _:
            raise TypeError(type(event).__name__)


def _placed(objects: tuple[Reference, ...], place: Reference, *, there: bool) -> tuple[Reference, ...]:
    others = tuple(other for other in objects if other != place)
    return (*others, place) if there else others


def _linked(state: Activity, event: ActivityLinked) -> Activity:
    stream, by_rule = event.object.stream, event.origin == "rule"
    state = replace(
        state,
        kept_apart=state.kept_apart - {stream},
        by_rule=state.by_rule | {stream} if by_rule else state.by_rule - {stream},
    )
    address = address_of(event.object)
    if address is None:
        return _with(state, **{event.object.type: event.object.id})
    others = tuple(other for other in state.addresses if other != address)
    return _with_addresses(state, (address, *others) if event.primary else (*others, address))


def _unlinked(state: Activity, event: ActivityUnlinked) -> Activity:
    stream, by_person = event.object.stream, event.origin == "person"
    state = replace(
        state,
        kept_apart=state.kept_apart | {stream} if by_person else state.kept_apart,
        by_rule=state.by_rule - {stream},
    )
    address = address_of(event.object)
    if address is None:
        return _with(state, **{event.object.type: None})
    others = tuple(other for other in state.addresses if other not in (address, event.new_primary))
    return _with_addresses(state, (event.new_primary, *others) if event.new_primary else others)


def address_of(linked: Reference) -> AddressRef | None:
    """The reference as one to an address, or none if it is to an engagement."""
    return AddressRef(type=linked.type, id=linked.id) if linked.type in ADDRESS_TYPES else None


def _with_addresses(state: Activity, addresses: tuple[AddressRef, ...]) -> Activity:
    return _with(state, address=addresses[0] if addresses else None, further_addresses=addresses[1:])


def _with(state: Activity, **changes: object) -> Activity:
    return replace(state, now=state.facts.model_copy(update=changes))

"""What the oracle knows of the present: events played one after another, each changing what is so now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dossier.contracts import Grant, RecordedEvent, tasks
from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts import attachments as att
from dossier.contracts import engagements as eng


@dataclass
class PersonLink:
    person: str
    start: date | None
    end: date | None
    causes: list[int]


@dataclass
class Contact:
    company: str
    company_cause: int
    persons: list[PersonLink] = field(default_factory=list)


@dataclass
class Role:
    address: str
    first: date | None
    last: date | None
    causes: list[int]


@dataclass
class Couple:
    first: date | None
    last: date | None = None
    dates_causes: list[int] = field(default_factory=list)
    halves: dict[str, list[PersonLink]] = field(default_factory=dict)


@dataclass
class Invoice:
    project: str | None
    project_cause: int
    recipient: str
    recipient_cause: int


@dataclass
class Task:
    """`follow_ups` has everybody who ever was responsible; `handed_on` is whoever gave it to somebody else last."""

    due: date | None
    follow_ups: dict[str, date | None]
    done: date | None = None
    handed_on: str | None = None
    offered: str | None = None
    asked: dict[str, str] = field(default_factory=dict)
    """Who is asked to take it over, and who to review it."""


@dataclass
class Activity:
    mail: bool
    recorded: datetime
    medium: str
    on: date
    on_cause: int
    author: str
    main: str | None
    further: list[str]
    participants: list[str]
    granted_only: bool
    grants: list[Grant]
    said: dict[str, Any]
    task: Task
    all_day: bool
    links: dict[str, int] = field(default_factory=dict)
    withdrawn: bool = False
    pinned: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    documents: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    """Name, size and version by id."""


class Facts:
    """The world as it is after the last event that was played. Objects go by the ids of their streams.

    `belonging` is where a phase or opportunity belongs: the rule, the object, and the version that said so.
    """

    def __init__(self) -> None:
        self.parents: dict[str, str | None] = {}
        self.known: set[str] = set()
        self.contacts: dict[str, Contact] = {}
        self.couples: dict[str, Couple] = {}
        self.customers: dict[str, dict[str, Role]] = defaultdict(dict)
        self.belonging: dict[str, tuple[str, str, int]] = {}
        self.invoices: dict[str, Invoice] = {}
        self.readers: dict[str, set[str]] = {}
        self.activities: dict[str, Activity] = {}

    def play(self, recorded: RecordedEvent) -> None:
        event, stream, version = recorded.event(), recorded.subject, recorded.sequence
        self.known.add(stream)
        match stream[:-37]:
            case "company":
                self._play_company(stream, event)
            case "contact":
                self._play_contact(stream, version, event)
            case "couple":
                self._play_couple(stream, version, event)
            case "project":
                self._play_project(stream, version, event)
            case "phase" | "opportunity" | "invoice":
                self._play_engagement(stream, version, event)
            case "activity":
                self._play_activity(stream, version, event, datetime.fromisoformat(recorded.recordedtime))
                self._play_task(self.activities[stream].task, event, recorded.actor)
            case _:
                pass
        self._play_rights(stream, event)

    def _play_company(self, stream: str, event: Any) -> None:
        if isinstance(event, adr.CompanyRegistered | adr.CompanyParentSet):
            self.parents[stream] = f"company-{event.parent}" if event.parent else None

    def _play_rights(self, stream: str, event: Any) -> None:
        if isinstance(event, eng.EngagementRestricted):
            users, groups = event.to.users, event.to.groups
            self.readers[stream] = {f"user:{user}" for user in users} | {f"group:{group}" for group in groups}
        elif isinstance(event, eng.EngagementOpened):
            self.readers.pop(stream, None)

    def _play_contact(self, stream: str, version: int, event: Any) -> None:
        contact = self.contacts.get(stream)
        if contact is None:
            contact = self.contacts[stream] = Contact(f"company-{event.company}", version)
        match event:
            case adr.ContactRegistered(person=str(person)):
                contact.persons = [PersonLink(f"person-{person}", None, None, [version])]
            case adr.AffiliationCorrected():
                contact.company, contact.company_cause = f"company-{event.company}", version
            case adr.PersonLinked():
                start = contact.persons[-1].end if contact.persons else None
                contact.persons.append(PersonLink(f"person-{event.person}", start, None, [version]))
            case adr.PersonUnlinked():
                ended = contact.persons[-1]
                contact.persons[-1] = PersonLink(ended.person, ended.start, event.unlinked_on, [*ended.causes, version])
            case adr.PersonLinkCorrected(person=None):
                contact.persons = []
            case adr.PersonLinkCorrected():
                contact.persons = [PersonLink(f"person-{event.person}", None, None, [version])]
            case _:
                pass

    def _play_couple(self, stream: str, version: int, event: Any) -> None:
        couple = self.couples.get(stream)
        if couple is None:
            couple = self.couples[stream] = Couple(event.valid_from)
            couple.dates_causes = [version] if event.valid_from else []
            for side, half in (("a", event.a), ("b", event.b)):
                couple.halves[side] = self._from_the_start(half, version)
            return
        match event:
            case adr.CouplePersonLinked():
                links = couple.halves[event.side]
                start = links[-1].end if links else None
                links.append(PersonLink(f"person-{event.person}", start, None, [version]))
            case adr.CouplePersonUnlinked():
                ended = couple.halves[event.side].pop()
                ended = PersonLink(ended.person, ended.start, event.unlinked_on, [*ended.causes, version])
                couple.halves[event.side].append(ended)
            case adr.CoupleHalfCorrected():
                couple.halves[event.side] = self._from_the_start(event.half, version)
            case adr.CoupleSeparated():
                couple.last, couple.dates_causes = event.valid_to, [version]
            case adr.CoupleDatesCorrected():
                couple.first, couple.last, couple.dates_causes = event.valid_from, event.valid_to, [version]
            case _:
                pass

    def _from_the_start(self, half: adr.Half, version: int) -> list[PersonLink]:
        return [PersonLink(f"person-{half.person}", None, None, [version])] if half.person else []

    def _play_project(self, stream: str, version: int, event: Any) -> None:
        customers = self.customers[stream]
        match event:
            case eng.RoleAssigned(role="customer"):
                dates = (event.valid_from, event.valid_to)
                customers[event.role_id] = Role(event.address.stream, *dates, [version])
            case eng.RoleDatesChanged() if event.role_id in customers:
                role = customers[event.role_id]
                causes = [role.causes[0], version]
                customers[event.role_id] = Role(role.address, event.valid_from, event.valid_to, causes)
            case eng.RoleRemoved():
                customers.pop(event.role_id, None)
            case _:
                pass

    def _play_engagement(self, stream: str, version: int, event: Any) -> None:
        match event:
            case eng.PhaseAdded():
                self.belonging[stream] = "part-of-project", f"project-{event.project}", version
            case eng.OpportunityOpened() | eng.OpportunityChanged() if event.address is not None:
                self.belonging[stream] = "opportunity-of-address", event.address.stream, version
            case eng.InvoiceRegistered():
                project = f"project-{event.project}" if event.project else None
                self.invoices[stream] = Invoice(project, version, event.recipient.stream, version)
            case eng.InvoiceChanged():
                invoice = self.invoices[stream]
                if "project" in event.model_fields_set:
                    invoice.project = f"project-{event.project}" if event.project else None
                    invoice.project_cause = version
                if event.recipient is not None:
                    invoice.recipient, invoice.recipient_cause = event.recipient.stream, version
            case _:
                pass

    def _play_activity(self, stream: str, version: int, event: Any, moment: datetime) -> None:
        if isinstance(event, act.ActivityRecorded):
            self.activities[stream] = self._recorded(version, event, moment)
            return
        fact = self.activities[stream]
        match event:
            case act.ActivityCorrected():
                if event.changes.occurred_on and event.changes.occurred_on != fact.on:
                    fact.on, fact.on_cause = event.changes.occurred_on, version
                if event.changes.all_day is not None:
                    fact.all_day = event.changes.all_day
                if event.changes.participants is not None:
                    fact.participants = list(event.changes.participants)
                changed = event.changes.model_fields_set
                fact.said.update({name: getattr(event.changes, name) for name in changed})
                fact.medium = fact.said["medium"]
            case act.ActivityLinked():
                fact.links.setdefault(event.object.stream, version)
            case act.ActivityUnlinked():
                fact.links.pop(event.object.stream, None)
            case act.ResponsibleAssigned():
                user = event.assignment.user
                fact.further = [other for other in fact.further if other != user]
                fact.main = None if fact.main == user else fact.main
                if event.main:
                    fact.main = user
                else:
                    fact.further.append(user)
            case act.ResponsibleRemoved():
                fact.further = [other for other in fact.further if other != event.user]
                fact.main = None if fact.main == event.user else fact.main
            case act.VisibilityChanged():
                fact.granted_only = event.visibility == "granted"
            case act.GrantsAdded() | act.MailSighted():
                fact.grants += [grant for grant in event.grants if grant not in fact.grants]
            case act.MailThreaded():
                fact.said["mail"] = fact.said["mail"].model_copy(update={"thread": event.thread})
            case act.GrantsRevoked():
                fact.grants = [grant for grant in fact.grants if grant not in event.grants]
            case act.ActivityWithdrawn() | act.ActivityRestored():
                fact.withdrawn = isinstance(event, act.ActivityWithdrawn)
            case act.EntryPinned() | act.EntryHidden():
                (fact.pinned if isinstance(event, act.EntryPinned) else fact.hidden).add(event.object.stream)
            case act.EntryUnpinned() | act.EntryShown():
                (fact.pinned if isinstance(event, act.EntryUnpinned) else fact.hidden).discard(event.object.stream)
            case _:
                self._play_document(fact.documents, event)

    def _play_document(self, documents: dict[str, tuple[str, int, int]], event: Any) -> None:
        match event:
            case att.DocumentAttached():
                documents[event.document] = event.file.name, event.file.size, 1
            case att.DocumentVersionAdded():
                documents[event.document] = event.file.name, event.file.size, event.number
            case att.DocumentRenamed():
                documents[event.document] = event.name, *documents[event.document][1:]
            case att.DocumentRemoved():
                del documents[event.document]
            case att.DocumentRestored():
                documents[event.document] = event.name, event.file.size, event.number
            case _:
                pass

    def _play_task(self, task: Task, event: Any, actor: str) -> None:
        match event:
            case act.DueMoved():
                task.due = event.due_on
            case act.ActivityCompleted():
                task.done = event.completed_on
            case act.ActivityReopened():
                task.done = None
            case act.ResponsibleAssigned():
                task.follow_ups[event.assignment.user] = event.assignment.follow_up_on
                if actor.startswith("user:") and actor != f"user:{event.assignment.user}":
                    task.handed_on = actor.removeprefix("user:")
            case act.FollowUpMoved():
                task.follow_ups[event.user] = event.follow_up_on
            case tasks.DelegationOffered():
                task.offered = event.by
                task.asked["over"] = event.to
            case tasks.DelegationAnswered():
                if event.answer == "accepted" and task.offered is not None:
                    task.handed_on = task.offered
                task.offered = None
                task.asked.pop("over", None)
            case tasks.ReviewDemanded():
                task.asked["review"] = event.reviewer
            case tasks.ReviewWaived():
                task.asked.pop("review", None)
            case _:
                pass

    def _recorded(self, version: int, event: act.ActivityRecorded, moment: datetime) -> Activity:
        responsible = (*event.further_responsible, *((event.responsible,) if event.responsible else ()))
        targets = [event.address.stream] if event.address else []
        targets += [address.stream for address in event.further_addresses]
        for kind in ("project", "phase", "opportunity", "invoice"):
            if linked := getattr(event, kind):
                targets.append(f"{kind}-{linked}")
        return Activity(
            mail=event.kind == "email",
            recorded=moment,
            medium=event.medium,
            on=event.occurred_on,
            on_cause=version,
            author=event.entered_by,
            main=event.responsible.user if event.responsible else None,
            further=[assignment.user for assignment in event.further_responsible],
            participants=list(event.participants),
            granted_only=event.visibility == "granted",
            grants=list(event.grants),
            said=dict(event),
            task=Task(event.due_on, {each.user: each.follow_up_on for each in responsible}),
            all_day=event.all_day,
            links=dict.fromkeys(targets, version),
        )

"""Random worlds: small, valid event streams of companies, contacts that move, projects and activities.

The same seed makes the same world. Services' clocks are skewed against each other, several events may share a moment,
days reach back and forth, and some references lead to projects nobody ever tells of.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from dossier.clock import rfc3339
from dossier.contracts import AddressRef, Event, Grant, RecordedEvent, Reference
from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts import directory as dire
from dossier.contracts import engagements as eng
from dossier.contracts.common import GrantOrigin, Principals
from dossier.contracts.streams import context_of
from oracle.recording import recorded

BEGINNING = datetime(2024, 1, 8, 8, tzinfo=UTC)
FIRST_DAY = date(2024, 1, 1)
CONTEXTS = ("directory", "addresses", "engagements", "activities")


class World:
    """A world under way. `events` holds all of it, in the order it was recorded."""

    def __init__(self, seed: int, steps: int = 40) -> None:
        self.random = Random(seed)
        self.events: list[RecordedEvent] = []
        self.now = BEGINNING
        self.skew = {context: timedelta(seconds=self.random.choice((0, 0, -2, 3))) for context in CONTEXTS}
        self.versions: dict[str, int] = defaultdict(int)
        self.last: dict[str, str] = defaultdict(str)
        self.users = [self.new_id() for _ in range(3)]
        self.groups = [self.new_id() for _ in range(2)]
        self.companies: list[str] = []
        self.persons: list[str] = []
        self.contacts: dict[str, dict[str, Any]] = {}
        self.projects: dict[str, dict[str, str]] = {}
        self.activities: dict[str, dict[str, Any]] = {}
        self.ghosts = [self.new_id()]
        for _ in range(2):
            self.company()
        self.person()
        self.contact()
        self.user()
        for _ in range(steps):
            self.random.choices(list(self.actions()), weights=list(self.actions().values()))[0]()

    def actions(self) -> dict[Callable[[], None], int]:
        """What may happen next, and how often."""
        return {
            self.company: 2,
            self.person: 2,
            self.contact: 4,
            self.renaming: 2,
            self.job_change: 2,
            self.affiliation_corrected: 3,
            self.person_link: 5,
            self.project: 3,
            self.role: 4,
            self.role_change: 4,
            self.restriction: 3,
            self.activity: 9,
            self.activity_change: 7,
            self.link: 5,
            self.unlink: 4,
            self.visibility: 5,
        }

    @property
    def tokens(self) -> list[set[str]]:
        """Readers worth asking for: nobody in particular, each user, a group, somebody with everything."""
        users = [f"user:{user}" for user in self.users]
        groups = [f"group:{group}" for group in self.groups]
        return [set(), *({user} for user in users), {users[0], groups[0]}, {groups[1]}, {*users, *groups}]

    @property
    def objects(self) -> list[str]:
        """Every object that could have a page."""
        streams = [f"company-{company}" for company in self.companies]
        streams += [f"person-{person}" for person in self.persons]
        streams += [f"contact-{contact}" for contact in self.contacts]
        return streams + [f"project-{project}" for project in [*self.projects, *self.ghosts]]

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def pick(self, choices: Any) -> Any:
        return self.random.choice(list(choices))

    def maybe(self, share: float = 0.5) -> bool:
        return self.random.random() < share

    def day(self) -> date:
        return FIRST_DAY + timedelta(days=self.random.randrange(30))

    def record(self, kind: str, identifier: str, event: Event) -> None:
        """Append to the stream; its recorded time never decreases."""
        stream = f"{kind}-{identifier}"
        if self.maybe(0.8):
            self.now += timedelta(seconds=self.random.choice((1, 60, 86_400)))
        context = context_of(stream)
        moment = max(rfc3339(self.now + self.skew[context]), self.last[stream])
        self.last[stream] = moment
        self.versions[stream] += 1
        self.events.append(recorded(stream, self.versions[stream], event, moment))

    def user(self) -> None:
        for user in self.users:
            self.record("user", user, dire.UserAdded(name="Somebody"))

    def company(self) -> None:
        identifier = self.new_id()
        self.companies.append(identifier)
        self.record("company", identifier, adr.CompanyRegistered(name="Acme"))

    def person(self) -> None:
        identifier = self.new_id()
        self.persons.append(identifier)
        self.record("person", identifier, adr.PersonRegistered(last_name="Muster"))

    def contact(self, **facts: Any) -> str:
        identifier, person = self.new_id(), self.pick(self.persons) if self.maybe() else None
        company = self.pick(self.companies)
        self.contacts[identifier] = {"person": person, "company": company}
        event = adr.ContactRegistered(
            company=company, person=person, last_name="Muster", valid_from=self.day(), **facts
        )
        self.record("contact", identifier, event)
        return identifier

    def renaming(self) -> None:
        kind = self.pick(("company", "person", "contact"))
        if kind == "company":
            self.record(kind, self.pick(self.companies), adr.CompanyRenamed(name="Other"))
        elif kind == "person":
            self.record(kind, self.pick(self.persons), adr.PersonRenamed(last_name="Other"))
        else:
            self.record(kind, self.pick(self.contacts), adr.ContactPositionChanged(function="Head", department="IT"))

    def job_change(self) -> None:
        former = self.pick(self.contacts)
        successor = self.contact(predecessor=former)
        self.record("contact", former, adr.AffiliationEnded(valid_to=self.day(), successor=successor))

    def affiliation_corrected(self) -> None:
        contact, company = self.pick(self.contacts), self.pick(self.companies)
        if self.contacts[contact]["company"] != company:
            self.contacts[contact]["company"] = company
            self.record("contact", contact, adr.AffiliationCorrected(company=company, reason="typing error"))

    def person_link(self) -> None:
        contact = self.pick(self.contacts)
        held, person = self.contacts[contact]["person"], self.pick(self.persons)
        if held is None:
            event: Event = adr.PersonLinked(person=person)
        elif self.maybe():
            event = adr.PersonUnlinked(person=held, unlinked_on=self.day(), last_name="Muster")
        else:
            others: list[str | None] = [other for other in self.persons if other != held]
            event = adr.PersonLinkCorrected(person=self.pick([*others, None]))
        self.contacts[contact]["person"] = None if isinstance(event, adr.PersonUnlinked) else event.person  # type: ignore[attr-defined]
        self.record("contact", contact, event)

    def project(self) -> None:
        identifier = self.new_id()
        self.projects[identifier] = {}
        self.record("project", identifier, eng.ProjectRegistered(code="P-1", title="Move"))
        if self.maybe(0.3):
            self.record("project", identifier, eng.EngagementRestricted(to=self.principals()))

    def role(self) -> None:
        if not self.projects:
            return
        project, role_id = self.pick(self.projects), self.new_id()
        address = self.pick([("company", self.pick(self.companies)), ("person", self.pick(self.persons))])
        role = self.pick(("customer", "customer", "customer", "counterparty"))
        first, last = self.bounds()
        self.projects[project][role_id] = role
        event = eng.RoleAssigned(
            role_id=role_id,
            role=role,
            address=AddressRef(type=address[0], id=address[1]),
            valid_from=first,
            valid_to=last,
        )
        self.record("project", project, event)

    def role_change(self) -> None:
        held = [(project, role_id) for project, roles in self.projects.items() for role_id in roles]
        if not held:
            return
        project, role_id = self.pick(held)
        if self.maybe(0.3):
            del self.projects[project][role_id]
            self.record("project", project, eng.RoleRemoved(role_id=role_id))
        else:
            first, last = self.bounds()
            self.record("project", project, eng.RoleDatesChanged(role_id=role_id, valid_from=first, valid_to=last))

    def bounds(self) -> tuple[date | None, date | None]:
        first, last = sorted((self.day(), self.day()))
        return (first if self.maybe() else None), (last if self.maybe() else None)

    def restriction(self) -> None:
        if self.projects:
            event = eng.EngagementOpened() if self.maybe(0.4) else eng.EngagementRestricted(to=self.principals())
            self.record("project", self.pick(self.projects), event)

    def principals(self) -> Principals:
        users = tuple(user for user in self.users if self.maybe(0.3))
        return Principals(users=users, groups=tuple(group for group in self.groups if self.maybe(0.4)))

    def address(self) -> AddressRef:
        kind = self.pick(("contact", "contact", "contact", "company", "person"))
        choices = {"contact": self.contacts, "company": self.companies, "person": self.persons}[kind]
        return AddressRef(type=kind, id=self.pick(choices))

    def grants(self) -> tuple[Grant, ...]:
        to = self.pick(("user", "group"))
        holder = self.pick(self.users if to == "user" else self.groups)
        origin = GrantOrigin(kind=self.pick(("channel", "person")), id=self.pick(("a", "b")))
        return (Grant(to=to, id=holder, origin=origin),)

    def activity(self) -> None:
        identifier = self.new_id()
        addresses = list(dict.fromkeys(self.address() for _ in range(self.random.randrange(4))))
        project = self.pick([*self.projects, *self.ghosts]) if self.maybe(0.4) else None
        event = act.ActivityRecorded(
            kind=self.pick(("call", "meeting", "note", "email")),
            medium=self.pick(("phone", "on_site", "note", "email")),
            title="Talk",
            occurred_on=self.day(),
            entered_by=self.pick(self.users),
            responsible=act.Assignment(user=self.pick(self.users)) if self.maybe(0.3) else None,
            participants=(self.pick(self.users),) if self.maybe(0.2) else (),
            address=addresses[0] if addresses else None,
            further_addresses=tuple(addresses[1:]),
            project=project,
            opportunity=self.ghosts[0] if self.maybe(0.05) else None,
            visibility="granted" if self.maybe(0.3) else "everyone",
            grants=self.grants() if self.maybe(0.3) else (),
        )
        links = {address.stream for address in addresses} | ({f"project-{project}"} if project else set[str]())
        main = event.responsible.user if event.responsible else self.pick(self.users)
        self.activities[identifier] = {"links": links, "done": False, "grants": list(event.grants), "main": main}
        self.record("activity", identifier, event)

    def activity_change(self) -> None:
        if not self.activities:
            return
        identifier = self.pick(self.activities)
        state = self.activities[identifier]
        day = self.day()
        events: list[Event] = [
            act.ActivityCorrected(changes=act.ActivityChanges(occurred_on=day), reason="wrong day"),
            act.ActivityCorrected(
                changes=act.ActivityChanges(title="Talk again", participants=(self.pick(self.users),))
            ),
            act.ResponsibleAssigned(assignment=act.Assignment(user=self.pick(self.users)), main=self.maybe()),
            act.ResponsibleAssigned(assignment=act.Assignment(user=state["main"]), main=False),
            act.ResponsibleRemoved(user=self.pick(self.users)),
            act.FollowUpMoved(user=self.pick(self.users), follow_up_on=day),
            act.DueMoved(due_on=day),
            act.ActivityReopened() if state["done"] else act.ActivityCompleted(completed_on=day),
        ]
        event = self.pick([events[0], *events])
        if isinstance(event, act.ActivityCompleted | act.ActivityReopened):
            state["done"] = not state["done"]
        if isinstance(event, act.ResponsibleAssigned) and event.main:
            state["main"] = event.assignment.user
        self.record("activity", identifier, event)

    def link(self) -> None:
        if not self.activities:
            return
        identifier = self.pick(self.activities)
        target = self.address()
        reference = Reference(type=target.type, id=target.id)
        if self.projects and self.maybe(0.3):
            reference = Reference(type="project", id=self.pick(self.projects))
        self.activities[identifier]["links"].add(reference.stream)
        self.record("activity", identifier, act.ActivityLinked(object=reference, primary=self.maybe(0.2)))

    def unlink(self) -> None:
        linked = [identifier for identifier, state in self.activities.items() if state["links"]]
        if not linked:
            return
        identifier = self.pick(linked)
        stream = self.pick(sorted(self.activities[identifier]["links"]))
        self.activities[identifier]["links"].discard(stream)
        event = act.ActivityUnlinked(object=Reference(type=stream[:-37], id=stream[-36:]))
        self.record("activity", identifier, event)

    def visibility(self) -> None:
        if not self.activities:
            return
        identifier = self.pick(self.activities)
        held: list[Grant] = self.activities[identifier]["grants"]
        if held and self.maybe(0.4):
            grant = self.pick(held)
            held.remove(grant)
            event: Event = act.GrantsRevoked(grants=(grant,))
        elif self.maybe():
            event = act.VisibilityChanged(visibility=self.pick(("granted", "everyone")))
        else:
            new = self.grants()
            held.extend(grant for grant in new if grant not in held)
            sighting = act.Sighting(delivery=self.new_id(), source="lmtp")
            event = act.MailSighted(sighting=sighting, grants=new) if self.maybe() else act.GrantsAdded(grants=new)
        self.record("activity", identifier, event)

"""The oracle: what every page must show and why, computed from raw events without a line of the projection's code.

It knows only the present: it plays the events back one recorded moment after another, asks after each of them which
reasons hold right now, and notes when a reason begins and ends. No intervals are ever intersected here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from dossier.contracts import Grant, RecordedEvent
from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts import engagements as eng

Hop = tuple[str, str]
"""(code, object it leads to)."""
Why = tuple[Hop, ...]
"""A reason: the hops from the activity to the object whose page shows it."""
Causes = tuple[tuple[int, ...], ...]
"""For each hop of a reason, the versions of the events behind it."""


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
class Project:
    customers: dict[str, Role] = field(default_factory=dict)
    readers: set[str] | None = None


@dataclass
class Activity:
    mail: bool
    on: date
    on_cause: int
    author: str
    main: str | None
    further: list[str]
    participants: list[str]
    granted_only: bool
    grants: list[Grant]
    links: dict[str, int] = field(default_factory=dict)


@dataclass
class Presence:
    """A reason that held from one recorded moment until another (None: it still holds)."""

    causes: Causes
    since: str
    until: str | None = None


class Oracle:
    """Feed it all events of a world, then ask."""

    def __init__(self, events: Iterable[RecordedEvent]) -> None:
        self.contacts: dict[str, Contact] = {}
        self.projects: dict[str, Project] = {}
        self.activities: dict[str, Activity] = {}
        self.presences: dict[str, dict[Why, list[Presence]]] = defaultdict(lambda: defaultdict(list))
        in_time = sorted(events, key=lambda event: (event.recordedtime, event.subject, event.sequence))
        for moment, together in groupby(in_time, key=lambda event: event.recordedtime):
            for recorded in together:
                self._play(recorded)
            for activity in self.activities:
                self._note(activity, moment)

    def page(self, target: str, tokens: set[str]) -> list[str]:
        """The activities on an object's page that somebody with these tokens sees, newest first."""
        shown = [activity for activity in self.activities if self._shown(activity, target)]
        seen = [activity for activity in shown if self.visible(activity, tokens)]
        return sorted(seen, key=lambda activity: (self.activities[activity].on, activity), reverse=True)

    def shown_on(self, activity: str) -> set[str]:
        """All objects on whose pages the activity is."""
        return {why[-1][1] for why in self._now(activity)}

    def unassigned(self, activity: str) -> bool:
        """Whether the activity is a mail that no address's page shows."""
        kinds = {target.split("-")[0] for target in self.shown_on(activity)}
        return self.activities[activity].mail and not kinds & {"company", "person", "contact"}

    def responsible(self, activity: str) -> tuple[str | None, list[str]]:
        """The main responsible user and the further ones; nobody is both (ACT-02)."""
        fact = self.activities[activity]
        return fact.main, fact.further

    def visible(self, activity: str, tokens: set[str]) -> bool:
        """Whether the activity's own rule and that of every project it is shown on let the reader in."""
        fact = self.activities[activity]
        inside = {f"user:{user}" for user in [fact.author, *fact.further] + ([fact.main] if fact.main else [])}
        present = {f"user:{user}" for user in fact.participants}
        granted = {f"{grant.to}:{grant.id}" for grant in fact.grants}
        if fact.granted_only and not tokens & (inside | present | granted):
            return False
        for target in self.shown_on(activity):
            if target.startswith(("project-", "opportunity-")):
                readers = self.projects[target].readers if target in self.projects else inside
                if readers is not None and not tokens & readers:
                    return False
        return True

    def _shown(self, activity: str, target: str) -> bool:
        return target in self.shown_on(activity)

    def _note(self, activity: str, moment: str) -> None:
        now, noted = self._now(activity), self.presences[activity]
        for why, causes in now.items():
            if not noted[why] or noted[why][-1].until is not None:
                noted[why].append(Presence(causes, moment))
        for why, spells in noted.items():
            if spells and spells[-1].until is None and why not in now:
                spells[-1].until = moment

    def _now(self, activity: str) -> dict[Why, Causes]:
        """The reasons that hold at this moment; of several causes of the same reason, the first by number."""
        fact = self.activities[activity]
        found: dict[Why, Causes] = {}
        for target, cause in fact.links.items():
            for hops, causes, dated in self._ways(target, fact.on, (target,)):
                behind = {cause} | ({fact.on_cause} if dated and fact.on_cause > 1 else set[int]())
                why: Why = (("direct", target), *hops)
                told: Causes = (tuple(sorted(behind)), *causes)
                found[why] = min(found.get(why, told), told)
        return found

    def _ways(self, target: str, on: date, visited: tuple[str, ...]) -> Iterator[tuple[Why, Causes, bool]]:
        yield (), (), False
        for code, to, causes, dated in self._hops(target, on):
            if to not in visited:
                for hops, further, later_dated in self._ways(to, on, (*visited, to)):
                    yield ((code, to), *hops), (tuple(causes), *further), dated or later_dated

    def _hops(self, target: str, on: date) -> Iterator[tuple[str, str, list[int], bool]]:
        if contact := self.contacts.get(target):
            yield "contact-of-company", contact.company, [contact.company_cause], False
            for link in contact.persons:
                if (link.start is None or on >= link.start) and (link.end is None or on < link.end):
                    dated = link.start is not None or link.end is not None
                    yield "capacity-of-person", link.person, link.causes, dated
        if project := self.projects.get(target):
            for role in project.customers.values():
                if (role.first is None or role.first <= on) and (role.last is None or on <= role.last):
                    dated = role.first is not None or role.last is not None
                    yield "project-of-customer", role.address, role.causes, dated

    def _play(self, recorded: RecordedEvent) -> None:
        event, stream, version = recorded.event(), recorded.subject, recorded.sequence
        kind = stream[:-37]
        if kind == "contact":
            self._play_contact(stream, version, event)
        elif kind == "project":
            self._play_project(stream, version, event)
        elif kind == "activity":
            self._play_activity(stream, version, event)

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

    def _play_project(self, stream: str, version: int, event: Any) -> None:
        project = self.projects.setdefault(stream, Project())
        match event:
            case eng.RoleAssigned(role="customer"):
                dates = (event.valid_from, event.valid_to)
                project.customers[event.role_id] = Role(event.address.stream, *dates, [version])
            case eng.RoleDatesChanged() if event.role_id in project.customers:
                role = project.customers[event.role_id]
                causes = [role.causes[0], version]
                project.customers[event.role_id] = Role(role.address, event.valid_from, event.valid_to, causes)
            case eng.RoleRemoved():
                project.customers.pop(event.role_id, None)
            case eng.EngagementRestricted():
                project.readers = {f"user:{user}" for user in event.to.users}
                project.readers |= {f"group:{group}" for group in event.to.groups}
            case eng.EngagementOpened():
                project.readers = None
            case _:
                pass

    def _play_activity(self, stream: str, version: int, event: Any) -> None:
        if isinstance(event, act.ActivityRecorded):
            self.activities[stream] = self._recorded(version, event)
            return
        fact = self.activities[stream]
        match event:
            case act.ActivityCorrected():
                if event.changes.occurred_on and event.changes.occurred_on != fact.on:
                    fact.on, fact.on_cause = event.changes.occurred_on, version
                if event.changes.participants is not None:
                    fact.participants = list(event.changes.participants)
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
            case act.GrantsRevoked():
                fact.grants = [grant for grant in fact.grants if grant not in event.grants]
            case _:
                pass

    def _recorded(self, version: int, event: act.ActivityRecorded) -> Activity:
        targets = [event.address.stream] if event.address else []
        targets += [address.stream for address in event.further_addresses]
        targets += [f"project-{event.project}"] if event.project else []
        targets += [f"opportunity-{event.opportunity}"] if event.opportunity else []
        return Activity(
            mail=event.kind == "email",
            on=event.occurred_on,
            on_cause=version,
            author=event.entered_by,
            main=event.responsible.user if event.responsible else None,
            further=[assignment.user for assignment in event.further_responsible],
            participants=list(event.participants),
            granted_only=event.visibility == "granted",
            grants=list(event.grants),
            links=dict.fromkeys(targets, version),
        )

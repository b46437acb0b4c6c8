"""Random worlds: small, valid event streams of addresses, engagements and activities.

The same seed makes the same world. Services' clocks are skewed against each other, several events may share a moment,
days reach back and forth, and some references lead to engagements nobody ever tells of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from dossier.contracts import Event, Grant, RecordedEvent, Reference, tasks
from dossier.contracts import activities as act
from dossier.contracts import attachments as att
from dossier.contracts.common import GrantOrigin
from dossier.ids import derived_id
from histories.domain.rules import ADDRESSES
from oracle.mandates import Mandates

TYPES = ("offer", "complaint", "contract")
TITLES = ("Das Dach", "Two offers", "Dächer und Keller", "An offer", "Talk")
KEYWORDS = [derived_id("keyword", name) for name in ("urgent", "legal", "tax")]
THREADS = [derived_id("thread", name) for name in ("roof", "cellar")]
MAIL_ADDRESSES = ["eva@acme.example", "Bert@ACME.example", "office@dossier.example", "info@beta.example"]


class Paper(NamedTuple):
    """A document as it stands."""

    name: str
    number: int
    file: att.StoredFile


class World(Mandates):
    """A world under way. `events` holds all of it, in the order it was recorded."""

    def __init__(self, seed: int, steps: int = 60, *, skewed: bool = True) -> None:
        super().__init__(seed, skewed=skewed)
        self.activities: dict[str, dict[str, Any]] = {}
        for _ in range(2):
            self.company()
        for beginning in (self.person, self.contact, self.couple, self.project, self.role, self.opportunity, self.user):
            beginning()
        for _ in range(steps):
            self.happening()

    def happening(self) -> None:
        """Something happens."""
        self.random.choices(list(self.actions()), weights=list(self.actions().values()))[0]()

    def step(self) -> Sequence[RecordedEvent]:
        """Something happens, later than all before; the events of it."""
        before = len(self.events)
        self.now += timedelta(seconds=1)
        self.happening()
        return self.events[before:]

    def actions(self) -> dict[Callable[[], None], int]:
        """What may happen next, and how often."""
        return {
            self.company: 1,
            self.parent: 2,
            self.person: 1,
            self.contact: 3,
            self.renaming: 1,
            self.job_change: 2,
            self.affiliation_corrected: 4,
            self.person_link: 5,
            self.couple: 2,
            self.couple_link: 5,
            self.couple_dates: 4,
            self.project: 2,
            self.role: 5,
            self.role_change: 5,
            self.phase: 2,
            self.opportunity: 2,
            self.opportunity_change: 3,
            self.invoice: 2,
            self.invoice_change: 3,
            self.restriction: 4,
            self.activity: 18,
            self.activity_change: 7,
            self.redating: 8,
            self.document: 5,
            self.link: 8,
            self.unlink: 4,
            self.move: 3,
            self.visibility: 5,
            self.place: 8,
            self.withdrawal: 3,
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
        made = {
            "company": self.companies,
            "person": self.persons,
            "contact": self.contacts,
            "couple": self.couples,
            "project": [*self.projects, *self.ghosts],
            "phase": self.phases,
            "opportunity": [*self.opportunities, *self.ghosts],
            "invoice": self.invoices,
        }
        return [f"{kind}-{identifier}" for kind, identifiers in made.items() for identifier in identifiers]

    def grants(self) -> tuple[Grant, ...]:
        to = self.pick(("user", "group"))
        holder = self.pick(self.users if to == "user" else self.groups)
        origin = GrantOrigin(kind=self.pick(("channel", "person")), id=self.pick(("a", "b")))
        return (Grant(to=to, id=holder, origin=origin),)

    def activity(self) -> None:
        identifier = self.new_id()
        addresses = list(dict.fromkeys(self.address() for _ in range(self.random.randrange(4))))
        engagements = dict(self.engagement() for _ in range(self.pick((0, 0, 1, 1, 1, 2))))
        kind = self.pick(("call", "meeting", "note", "email"))
        event = act.ActivityRecorded(
            kind=kind,
            medium=self.pick(("phone", "on_site", "note", "email")),
            activity_type=self.pick((None, *TYPES)),
            direction=self.pick((None, "in", "out")),
            keywords=self.keywords(),
            mail=self.mail() if kind == "email" else None,
            title=self.pick(TITLES),
            text=self.pick(("", *TITLES)),
            occurred_on=self.day(),
            entered_by=self.pick(self.users),
            responsible=self.assignment(self.pick(self.users[1:])) if self.maybe(0.3) else None,
            further_responsible=(self.assignment(self.users[0]),) if self.maybe(0.1) else (),
            due_on=self.day() if self.maybe(0.3) else None,
            priority=self.pick(("low", "normal", "high")),
            all_day=self.maybe(0.2),
            participants=(self.pick(self.users),) if self.maybe(0.2) else (),
            address=addresses[0] if addresses else None,
            further_addresses=tuple(addresses[1:]),
            visibility="granted" if self.maybe(0.3) else "everyone",
            grants=self.grants() if self.maybe(0.3) else (),
            **engagements,
        )
        links = {address.stream for address in addresses} | {f"{kind}-{each}" for kind, each in engagements.items()}
        main = event.responsible.user if event.responsible else self.pick(self.users)
        self.activities[identifier] = {
            "links": links, "done": False, "grants": list(event.grants), "main": main, "offered": False,
            "mail": event.mail is not None,
        }  # fmt: skip
        self.record("activity", identifier, event)

    def keywords(self) -> tuple[str, ...]:
        return tuple(self.random.sample(KEYWORDS, self.pick((0, 0, 1, 2))))

    def mail(self) -> act.Mail:
        sender, *others = self.random.sample(MAIL_ADDRESSES, 3)
        recipients = tuple(act.MailRecipient(role="to", address=address) for address in others)
        thread = self.pick((None, *THREADS))
        sent = self.now + timedelta(hours=self.random.randrange(-72, 24)) if self.maybe(0.7) else None
        return act.Mail(message=self.new_id(), sender=sender, recipients=recipients, thread=thread, sent_at=sent)

    def assignment(self, user: str) -> act.Assignment:
        return act.Assignment(user=user, follow_up_on=self.day() if self.maybe(0.3) else None)

    def delegation(self, state: dict[str, Any]) -> Event:
        state["offered"] = not state["offered"]
        if state["offered"]:
            return tasks.DelegationOffered(to=self.pick(self.users), by=self.pick(self.users))
        answer = self.pick(("accepted", "declined", "withdrawn"))
        return tasks.DelegationAnswered(by=self.pick(self.users), answer=answer)

    def review(self) -> Event:
        return tasks.ReviewDemanded(reviewer=self.pick(self.users)) if self.maybe(0.7) else tasks.ReviewWaived()

    def activity_change(self) -> None:
        if not self.activities:
            return
        identifier = self.pick(self.activities)
        state = self.activities[identifier]
        day = self.day()
        events: list[Event] = [
            act.ActivityCorrected(
                changes=act.ActivityChanges(title=self.pick(TITLES), participants=(self.pick(self.users),))
            ),
            act.ActivityCorrected(
                changes=act.ActivityChanges(
                    medium="online", activity_type=self.pick(TYPES), direction="internal", keywords=self.keywords()
                )
            ),
            act.ActivityCorrected(
                changes=act.ActivityChanges(all_day=self.maybe(), priority=self.pick(("low", "normal", "high")))
            ),
            act.ResponsibleAssigned(assignment=self.assignment(self.pick(self.users)), main=self.maybe()),
            act.ResponsibleAssigned(assignment=self.assignment(state["main"]), main=False),
            act.ResponsibleRemoved(user=self.pick(self.users)),
            act.FollowUpMoved(user=self.pick(self.users), follow_up_on=day),
            act.DueMoved(due_on=day),
            act.ActivityReopened() if state["done"] else act.ActivityCompleted(completed_on=day),
            self.review(),
        ]
        if state["mail"]:
            events += [act.MailThreaded(thread=self.pick(THREADS), revision=1)] * 2
        event = self.delegation(state) if self.maybe(0.15) else self.pick(events)
        if isinstance(event, act.ActivityCompleted | act.ActivityReopened):
            state["done"] = not state["done"]
        if isinstance(event, act.ResponsibleAssigned) and event.main:
            state["main"] = event.assignment.user
        self.record("activity", identifier, event, f"user:{self.pick(self.users)}")

    def redating(self) -> None:
        """It was on another day."""
        if self.activities:
            changes = act.ActivityChanges(occurred_on=self.day())
            event = act.ActivityCorrected(changes=changes, reason="wrong day")
            self.record("activity", self.pick(self.activities), event)

    def document(self) -> None:
        """A document comes to an activity, or something happens to one that is there."""
        if not self.activities:
            return
        identifier = self.pick(self.activities)
        held = self.activities[identifier]
        there: dict[str, Paper] = held.setdefault("documents", {})
        removed: dict[str, Paper] = held.setdefault("removed_documents", {})
        if removed and self.maybe(0.3):
            document = self.pick(removed)
            there[document] = removed.pop(document)
            self.record("activity", identifier, att.DocumentRestored(document=document, **there[document]._asdict()))
        elif not there or self.maybe(0.4):
            document, file = self.new_id(), self.file()
            there[document] = Paper(file.name, 1, file)
            self.record("activity", identifier, att.DocumentAttached(document=document, file=file))
        else:
            self.record("activity", identifier, self.to_document(self.pick(there), there, removed))

    def to_document(self, document: str, there: dict[str, Paper], removed: dict[str, Paper]) -> Event:
        """Something that happens to a document that is there."""
        paper, file = there[document], self.file()
        events: list[Event] = [
            att.DocumentVersionAdded(document=document, number=paper.number + 1, based_on=1, file=file),
            att.DocumentRenamed(document=document, name=self.pick(("Final.pdf", "Draft.pdf"))),
            att.DocumentRemoved(document=document),
            att.DocumentCheckedOut(document=document, user=self.pick(self.users)),
            att.DocumentCheckedIn(document=document, user=self.pick(self.users)),
        ]
        event = self.pick(events)
        if isinstance(event, att.DocumentVersionAdded):
            there[document] = Paper(file.name, event.number, file)
        elif isinstance(event, att.DocumentRenamed):
            there[document] = paper._replace(name=event.name)
        elif isinstance(event, att.DocumentRemoved):
            removed[document] = there.pop(document)
        return event

    def file(self) -> att.StoredFile:
        return att.StoredFile(
            stored_object=self.new_id(),
            name=self.pick(("Offer.pdf", "Plan.png")),
            media_type="application/pdf",
            size=self.random.randrange(1000),
            sha256="0" * 64,
        )

    def link(self) -> None:
        if not self.activities:
            return
        identifier = self.pick(self.activities)
        target: Any = self.address()
        kind, linked = self.engagement() if self.maybe(0.4) else (target.type, target.id)
        reference = Reference(type=kind, id=linked)
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

    def move(self) -> None:
        """To another address than one it belongs to."""
        if not self.activities:
            return
        identifier, to = self.pick(self.activities), self.address()
        linked = self.activities[identifier]["links"]
        addresses = [each for each in sorted(linked) if each.startswith(ADDRESSES) and each != to.stream]
        if addresses:
            former = self.pick(addresses)
            linked.discard(former)
            linked.add(to.stream)
            self.record("activity", identifier, act.ActivityLinked(object=Reference(type=to.type, id=to.id)))
            self.record(
                "activity", identifier, act.ActivityUnlinked(object=Reference(type=former[:-37], id=former[-36:]))
            )

    def place(self) -> None:
        """Pinned to or hidden from an object: mostly one that it may well be shown on."""
        if not self.activities:
            return
        identifier = self.pick(self.activities)
        linked = sorted(self.activities[identifier]["links"])
        stream = self.pick(linked if linked and self.maybe() else self.objects)
        kinds = (act.EntryPinned, act.EntryPinned, act.EntryHidden, act.EntryHidden, act.EntryUnpinned, act.EntryShown)
        event = self.pick(kinds)(object=Reference(type=stream[:-37], id=stream[-36:]))
        self.record("activity", identifier, event)

    def withdrawal(self) -> None:
        if self.activities:
            identifier = self.pick(self.activities)
            self.record("activity", identifier, self.pick((act.ActivityWithdrawn, act.ActivityRestored))())

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

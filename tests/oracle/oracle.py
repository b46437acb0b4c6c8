"""The oracle: what every page must show and why, computed from raw events without a line of the projection's code.

It knows only the present: it plays the events back one recorded moment after another, asks after each of them which
reasons hold right now, and notes when a reason begins and ends. No intervals are ever intersected here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from dossier.contracts import RecordedEvent
from oracle.facts import Couple, Facts

ENGAGEMENTS = ("project-", "phase-", "opportunity-", "invoice-")
Hop = tuple[str, str]
"""(code, object it leads to)."""
Why = tuple[Hop, ...]
"""A reason: the hops from the activity to the object whose page shows it."""
Causes = tuple[tuple[int, ...], ...]
"""For each hop of a reason, the versions of the events behind it."""


@dataclass
class Presence:
    """A reason that held from one recorded moment until another (None: it still holds)."""

    causes: Causes
    since: str
    until: str | None = None


class Oracle(Facts):
    """Feed it the events of a world, all at once or moment after moment, then ask."""

    def __init__(self, events: Iterable[RecordedEvent] = ()) -> None:
        super().__init__()
        self.reasons: dict[str, dict[Why, Causes]] = {}
        self.presences: dict[str, dict[Why, list[Presence]]] = defaultdict(lambda: defaultdict(list))
        self.tell(events)

    def tell(self, events: Iterable[RecordedEvent]) -> None:
        """More events, none of them earlier than those told before."""
        in_time = sorted(events, key=lambda event: (event.recordedtime, event.subject, event.sequence))
        for moment, together in groupby(in_time, key=lambda event: event.recordedtime):
            for recorded in together:
                self.play(recorded)
            for activity in self.activities:
                self._note(activity, moment)

    def exists(self, target: str, tokens: set[str]) -> bool:
        """Whether the object has a page for somebody with these tokens."""
        if target not in self.known or not self._admits(target, tokens):
            return False
        project = self._project_of(target)
        return project is None or self.exists(project, tokens)

    def family(self, company: str) -> set[str]:
        """The company and every company from which a way up the parents leads to it."""
        return {company} | {other for other in self.parents if company in self._above(other)}

    def why(self, activity: str, target: str, *, subsidiaries: bool = False) -> set[Why]:
        """The reasons why the activity is on the object's page."""
        told: set[Why] = set()
        family = self.family(target) if subsidiaries else {target}
        for why in self.reasons[activity]:
            end = why[-1][1]
            if end in family & self.shown_on(activity):
                above = self._above(end)
                up = () if end == target else above[: above.index(target) + 1]
                told.add((*why, *(("subsidiary-of-company", parent) for parent in up)))
        return told

    def touchpoints(self, target: str, tokens: set[str], today: date, *, subsidiaries: bool = False) -> list[str]:
        """The last activity of each medium up to today, the latest first."""
        page = self.page(target, tokens, subsidiaries=subsidiaries, until=today)
        last = {self.activities[each].medium: each for each in reversed(page)}
        return [each for each in page if each in last.values()]

    def page(self, target: str, tokens: set[str], *, subsidiaries: bool = False, until: date = date.max) -> list[str]:
        """The activities on an object's page that somebody with these tokens sees, newest first."""
        family = self.family(target) if subsidiaries else {target}
        seen = [each for each in self.activities if self.shown_on(each) & family and self.visible(each, tokens)]
        seen = [each for each in seen if target not in self.activities[each].hidden]
        dated = [each for each in seen if self.activities[each].on <= until]
        return sorted(dated, key=self.place, reverse=True)

    def everything(self, tokens: set[str]) -> list[str]:
        """All activities that somebody with these tokens sees, newest first."""
        standing = [each for each, fact in self.activities.items() if not fact.withdrawn]
        seen = [each for each in standing if self.visible(each, tokens)]
        return sorted(seen, key=self.place, reverse=True)

    def place(self, activity: str) -> tuple[date, datetime, str]:
        """What orders histories. Nothing in the worlds has from and to."""
        fact = self.activities[activity]
        sent = fact.said["mail"] and fact.said["mail"].sent_at
        return fact.on, min(sent or fact.recorded, fact.recorded), activity

    def pins(self, target: str, tokens: set[str]) -> list[str]:
        """What stands at the top of an object's page."""
        return [each for each in self.page(target, tokens) if target in self.pinned_on(each)]

    def belongs_to(self, activity: str) -> set[str]:
        """All objects that a reason leads to."""
        return {why[-1][1] for why in self.reasons[activity]}

    def shown_on(self, activity: str) -> set[str]:
        """All objects on whose pages the activity is."""
        fact = self.activities[activity]
        return set() if fact.withdrawn else self.belongs_to(activity) - fact.hidden

    def pinned_on(self, activity: str) -> set[str]:
        """All objects on whose pages the activity is, at the top."""
        return self.shown_on(activity) & self.activities[activity].pinned

    def unassigned(self, activity: str) -> bool:
        """Whether the activity is a mail that belongs to no address."""
        kinds = {target.split("-")[0] for target in self.belongs_to(activity)}
        fact = self.activities[activity]
        return fact.mail and not fact.withdrawn and not kinds & {"company", "person", "contact", "couple"}

    def responsible(self, activity: str) -> tuple[str | None, list[str]]:
        """The main responsible user and the further ones; nobody is both (ACT-02)."""
        fact = self.activities[activity]
        return fact.main, fact.further

    def visible(self, activity: str, tokens: set[str]) -> bool:
        """Whether the activity's own rule and that of every project it belongs to let the reader in."""
        fact = self.activities[activity]
        inside = {f"user:{user}" for user in [fact.author, *fact.further] + ([fact.main] if fact.main else [])}
        present = {f"user:{user}" for user in (*fact.participants, *fact.task.asked.values())}
        granted = {f"{grant.to}:{grant.id}" for grant in fact.grants}
        if fact.granted_only and not tokens & (inside | present | granted):
            return False
        for target in self.belongs_to(activity):
            if target.startswith(ENGAGEMENTS):
                if target not in self.known and not tokens & inside:
                    return False
                if not self._admits(target, tokens):
                    return False
        return True

    def _admits(self, target: str, tokens: set[str]) -> bool:
        return target not in self.readers or bool(tokens & self.readers[target])

    def _project_of(self, target: str) -> str | None:
        if target in self.invoices:
            return self.invoices[target].project
        return self.belonging[target][1] if target.startswith("phase-") and target in self.belonging else None

    def _above(self, company: str) -> list[str]:
        """The parents of a company, one after the other, each once."""
        above: list[str] = []
        parent = self.parents.get(company)
        while parent is not None and parent not in above:
            above.append(parent)
            parent = self.parents.get(parent)
        return above

    def _note(self, activity: str, moment: str) -> None:
        now, noted = self._now(activity), self.presences[activity]
        self.reasons[activity] = now
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
        if couple := self.couples.get(target):
            yield from self._halves(couple, on)
        for role in self.customers[target].values() if target in self.customers else ():
            if (role.first is None or role.first <= on) and (role.last is None or on <= role.last):
                dated = role.first is not None or role.last is not None
                yield "project-of-customer", role.address, role.causes, dated
        if invoice := self.invoices.get(target):
            if invoice.project is not None:
                yield "part-of-project", invoice.project, [invoice.project_cause], False
            else:
                causes = sorted({invoice.project_cause, invoice.recipient_cause})
                yield "invoice-of-recipient", invoice.recipient, causes, False
        if target in self.belonging:
            code, to, cause = self.belonging[target]
            yield code, to, [cause], False

    def _halves(self, couple: Couple, on: date) -> Iterator[tuple[str, str, list[int], bool]]:
        if (couple.first is not None and on < couple.first) or (couple.last is not None and on > couple.last):
            return
        dated = couple.first is not None or couple.last is not None
        for link in (*couple.halves["a"], *couple.halves["b"]):
            if (link.start is None or on >= link.start) and (link.end is None or on < link.end):
                causes = sorted({*link.causes, *couple.dates_causes})
                yield "member-of-couple", link.person, causes, dated or link.start is not None or link.end is not None

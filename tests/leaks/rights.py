"""Who may see what, by the rules alone: the oracle of the histories, with the directory and with streams set aside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from datetime import date
from typing import Any

from dossier.contracts import RecordedEvent
from dossier.contracts import addresses as adr
from dossier.contracts import directory as dire
from histories.domain.lists import NOBODY
from oracle.oracle import ENGAGEMENTS, Oracle


class Rights(Oracle):
    """What the oracle says, of the present only: it asks for the reasons of an activity when something changed them.

    `parked` are streams of which later events are not known, so that what hangs on them is for insiders.
    """

    def __init__(self) -> None:
        self.members: dict[str, set[str]] = defaultdict(set)
        self.leaders: dict[str, set[str]] = defaultdict(set)
        self.deputies: dict[str, dict[str, tuple[date | None, date | None]]] = defaultdict(dict)
        self.by_keyword: set[str] = set()
        self.parked: set[str] = set()
        self._scopes: dict[str, set[str]] = defaultdict(set)
        self._concerning: dict[str, set[str]] = defaultdict(set)
        self._ordered: dict[str, list[str]] = {}
        super().__init__()

    def tell(self, events: Iterable[RecordedEvent]) -> None:
        """More events. Of those of others than activities only rights may change: everything else comes at first."""
        touched: dict[str, None] = {}
        for event in events:
            self.play(event)
            if event.subject in self.activities:
                touched[event.subject] = None
        for activity in touched:
            for target in self.belongs_to(activity) if activity in self.reasons else ():
                self._scopes[target].discard(activity)
            self.reasons[activity] = self._now(activity)
            for target in self.belongs_to(activity):
                self._scopes[target].add(activity)
            for user in self._concerned(activity):
                self._concerning[user].add(activity)
        if touched:
            self._ordered.clear()

    def play(self, recorded: RecordedEvent) -> None:
        """See Facts."""
        super().play(recorded)
        event, id = recorded.event(), recorded.subject[-36:]
        match event:
            case dire.MemberAdded():
                self.members[id].add(event.user)
            case dire.MemberRemoved():
                self.members[id].discard(event.user)
            case dire.LeaderAppointed():
                self.leaders[id].add(event.user)
            case dire.LeaderDismissed():
                self.leaders[id].discard(event.user)
            case dire.DeputyAppointed():
                self.deputies[id][event.deputy] = event.first_day, event.last_day
            case dire.DeputyDismissed():
                self.deputies[id].pop(event.deputy, None)
            case adr.KeywordAssigned():
                self.by_keyword.add(recorded.subject)
            case _:
                pass

    def set_aside(self, streams: Iterable[str]) -> None:
        """Nothing that comes later is known of these streams: of users and groups nobody is anything any more."""
        for stream in streams:
            self.parked.add(stream)
            for known in (self.members, self.leaders, self.deputies):
                known.pop(stream[-36:], None)

    def groups_of(self, user: str) -> set[str]:
        """The groups of somebody, as the directory says."""
        return {group for group, members in self.members.items() if user in members}

    def scope(self, target: str) -> list[str]:
        """All activities that belong to an object, seen or not, newest first; of "" all there are."""
        if target not in self._ordered:
            found: Iterable[str] = self._scopes[target] if target else self.activities
            self._ordered[target] = sorted(found, key=self.place, reverse=True)
        return self._ordered[target]

    def concerning(self, user: str) -> list[str]:
        """All activities that were ever the user's matter, and so could be on a list of the user's."""
        return sorted(self._concerning[user])

    def among(self, activities: Iterable[str]) -> Rights:
        """The same as if there were no other activities: asked what is on a list, it looks at fewer."""
        fewer = copy(self)
        fewer.activities = {each: self.activities[each] for each in activities}
        return fewer

    def visible(self, activity: str, tokens: set[str]) -> bool:
        """See Oracle; of what hangs on a stream that is set aside only insiders see anything."""
        if self.parked and self.in_doubt(activity) and not tokens & self.insiders(activity):
            return False
        return super().visible(activity, tokens)

    def shown_by_owner(self, activity: str, tokens: set[str]) -> bool:
        """Whether the service shows it that has the activity itself, and of engagements hears as everybody does."""
        linked = {each for each in self.belongs_to(activity) if each.startswith(ENGAGEMENTS)}
        if not linked.isdisjoint(self.parked) and not tokens & self.insiders(activity):
            return False
        return super().visible(activity, tokens)

    def insiders(self, activity: str) -> set[str]:
        """Author and responsible users."""
        fact = self.activities[activity]
        return {f"user:{user}" for user in (fact.author, fact.main, *fact.further) if user}

    def in_doubt(self, activity: str) -> bool:
        """Whether a later event may have restricted it."""
        engagements = {each for each in self._kept_for(activity) if each.startswith(ENGAGEMENTS)}
        return activity in self.parked or not engagements.isdisjoint(self.parked)

    def may_be_named(self, stream: str, tokens: set[str]) -> bool:
        """Whether somebody may read the id of a stream: of everything but hidden activities and engagements.

        One that is not known to be restricted has an id that its activities' insiders read.
        """
        if stream in self.activities:
            return self.visible(stream, tokens)
        project = self._project_of(stream)
        return self._admits(stream, tokens) and (project is None or self._admits(project, tokens))

    def may_be_called(self, stream: str, tokens: set[str]) -> bool:
        """Whether somebody may read what a stream is called."""
        if stream in self.activities:
            return self.visible(stream, tokens)
        return self.exists(stream, tokens) and self.parked.isdisjoint({stream, self._project_of(stream)})

    def part_of(self, target: str) -> str | None:
        """The project that an engagement follows in who may see it."""
        return self._project_of(target)

    def belongs_to_nothing_known(self, target: str) -> bool:
        """Whether it follows a project that there is none of: for their owner there is nothing to protect."""
        project = self._project_of(target)
        return project is not None and project not in self.known

    def customers_of(self, tokens: set[str]) -> set[str]:
        """Who is a customer as far as somebody may know: by keyword, or by a project that is to be seen."""
        seen = (each for each in self.customers if each not in self.parked and self.exists(each, tokens))
        return self.by_keyword | {role.address for each in seen for role in self.customers[each].values()}

    def lists_open_to(self, user: str, today: date) -> set[str]:
        """Whose work lists the user may read: those of members of led groups, of represented users and theirs."""
        own = self._represented(user, today)
        return {user, *own, *(member for each in self._teams(user, own) for member in each)}

    def team_of(self, user: str, today: date) -> set[str]:
        """The members whose lists the user reads together."""
        return {member for each in self._teams(user, self._represented(user, today)) for member in each}

    def _represented(self, user: str, today: date) -> set[str]:
        found: set[str] = set()
        for represented, deputies in self.deputies.items():
            first, last = deputies.get(user, (date.max, date.min))
            if (first or date.min) <= today <= (last or date.max):
                found.add(represented)
        return found

    def _teams(self, user: str, represented: set[str]) -> list[set[str]]:
        """For each group that is led, its members: who leads it in person sees all, a deputy not the leader."""
        teams: list[set[str]] = []
        for group, leaders in self.leaders.items():
            if user in leaders:
                teams.append(set(self.members[group]))
            elif stood_in_for := leaders & represented:
                teams.append(self.members[group] - stood_in_for)
        return teams

    def _kept_for(self, activity: str) -> set[str]:
        return self.belongs_to(activity) | self.activities[activity].hidden

    def _concerned(self, activity: str) -> set[Any]:
        fact = self.activities[activity]
        unclaimed = NOBODY if fact.task.due and not fact.main and not fact.further else None
        return {fact.author, fact.main, *fact.further, *fact.participants, fact.task.handed_on, unclaimed} - {None}

"""A firm of any size: users in groups with leaders and deputies, and a random world that most of them may see parts of.

Whatever has a title has a word of its own in it, found nowhere else, so that an answer that says it can be told.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from addresses.catalogue import entry_id
from dossier.contracts import Event, RecordedEvent, Reference
from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts import directory as dire
from dossier.contracts import engagements as eng
from dossier.contracts.common import Principals, ReferenceToAny
from dossier.ids import derived_id
from oracle.chance import FIRST_DAY
from oracle.oracle import ENGAGEMENTS
from oracle.worlds import World

TODAY = FIRST_DAY + timedelta(days=20)
CUSTOMER = derived_id("keyword", "account-type", "Customer")
_IN_FOLDERS = ("activity", "project", "opportunity")
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
_UNDER_WAY = 40
"""Activities to which something may happen next; what is older stays as it is."""


@dataclass(frozen=True)
class Size:
    """How much there is. A quarter of the firm's users sees most of what is restricted, the others nothing of it."""

    users: int
    groups: int
    restricted: int
    activities: int


def canary(stream: str) -> str:
    """The word that says of a text: this is of that stream."""
    return "zq" + stream[-36:].replace("-", "")[:16].translate(_LETTERS)


class Firm(World):
    """The firm. `events` holds all of it; `told` the same with the events as they were made."""

    def __init__(self, seed: int, size: Size) -> None:
        self.size = size
        self.told: list[tuple[RecordedEvent, Event]] = []
        self.members: dict[str, set[str]] = defaultdict(set)
        self.led: dict[str, set[str]] = defaultdict(set)
        self.represented: dict[str, set[str]] = defaultdict(set)
        self.restricted: set[str] = set()
        self.recorded: list[str] = []
        self.past: dict[str, dict[str, Any]] = {}
        self.folders: dict[str, str | None] = {}
        self.lying: dict[str, list[str]] = {}
        self.searches: dict[str, tuple[str, bool]] = {}
        super().__init__(seed, steps=0)
        self._settle()
        while len(self.recorded) < size.activities:
            self.happening()
        self._put_away()

    def record(self, kind: str, identifier: str, event: Event, actor: str = "service:tests") -> None:
        """See Chance; a title says whose it is."""
        stream = f"{kind}-{identifier}"
        if isinstance(event, act.ActivityLinked):
            self._make_room(identifier, event.object)
        made = _named(event, canary(stream))
        super().record(kind, identifier, made, actor)
        self.told.append((self.events[-1], made))
        if isinstance(made, eng.EngagementRestricted):
            self.restricted.add(stream)
        elif isinstance(made, eng.EngagementOpened):
            self.restricted.discard(stream)

    def user(self) -> None:
        """Everybody who works here, and who belongs to what."""
        self.users = [self.new_id() for _ in range(self.size.users)]
        self.groups = [self.new_id() for _ in range(self.size.groups)]
        super().user()
        for user in self.users:
            secret = hashlib.sha256(secret_of(user).encode()).hexdigest()
            self.record("user", user, dire.CalendarFeedOpened(secret_hash=secret))
        for group in self.groups:
            self.record("group", group, dire.GroupCreated(name="Group"))
            self.leading(group)
        for user in self.users:
            for group in self.random.sample(self.groups, self.pick((1, 1, 2, 3))):
                self.joining(group, user)
        for _ in range(len(self.users) // 4):
            self.deputy()

    def principals(self) -> Principals:
        """A few users and groups."""
        users = self.random.sample(self.users, min(len(self.users), self.pick((0, 1, 2, 4))))
        return Principals(users=tuple(users), groups=tuple(self.random.sample(self.groups, self.pick((0, 1, 2)))))

    def day(self) -> date:
        """In the last year, seldom later than today."""
        return TODAY + timedelta(days=self.random.randrange(-330, 30))

    def activity(self) -> None:
        """See World; what is older than so many others is let go."""
        super().activity()
        newest = next(reversed(self.activities))
        self.recorded.append(f"activity-{newest}")
        self.past[newest] = self.activities[newest]
        if len(self.activities) > _UNDER_WAY:
            del self.activities[next(iter(self.activities))]

    def actions(self) -> dict[Callable[[], None], int]:
        """What happens while activities are recorded."""
        return {
            self.activity: 40,
            self.activity_change: 12,
            self.document: 8,
            self.link: 8,
            self.unlink: 4,
            self.visibility: 10,
            self.place: 8,
            self.withdrawal: 2,
        }

    def change_of_rights(self) -> Sequence[RecordedEvent]:
        """Somebody may see more from now on, or less, of what was there before; the events of it."""
        before = len(self.events)
        for stream in self.random.sample(self.recorded, _UNDER_WAY // 4):
            self.activities[stream[-36:]] = self.past[stream[-36:]]
        changes = {
            self.visibility: 6,
            self.activity_change: 3,
            self.place: 2,
            self.withdrawal: 1,
            self.unlink: 1,
            self.restriction: 5,
            self.membership: 4,
            self.leading: 2,
            self.deputy: 2,
        }
        while len(self.events) == before:
            self.random.choices(list(changes), weights=list(changes.values()))[0]()
        return self.events[before:]

    def membership(self) -> None:
        """Somebody joins a group or leaves it."""
        group = self.pick(self.groups)
        if self.members[group] and self.maybe():
            user = self.pick(sorted(self.members[group]))
            self.members[group].discard(user)
            self.record("group", group, dire.MemberRemoved(user=user))
        else:
            self.joining(group, self.pick(self.users))

    def joining(self, group: str, user: str) -> None:
        if user not in self.members[group]:
            self.members[group].add(user)
            self.record("group", group, dire.MemberAdded(user=user))

    def leading(self, group: str | None = None) -> None:
        """Somebody leads a group from now on, or no longer."""
        group = group or self.pick(self.groups)
        if self.led[group] and self.maybe():
            leader = self.pick(sorted(self.led[group]))
            self.led[group].discard(leader)
            self.record("group", group, dire.LeaderDismissed(user=leader))
        elif (user := self.pick(self.users)) not in self.led[group]:
            self.led[group].add(user)
            self.record("group", group, dire.LeaderAppointed(user=user))

    def deputy(self) -> None:
        """Somebody stands in for another, for other days than before, or no longer."""
        user, deputy = self.random.sample(self.users, 2)
        held = self.represented[user]
        if held and self.maybe(0.3):
            gone = self.pick(sorted(held))
            held.discard(gone)
            self.record("user", user, dire.DeputyDismissed(deputy=gone))
            return
        days = (TODAY + timedelta(days=self.random.randrange(-3, 4)) for _ in range(2))
        first, last = sorted(days)
        held.add(deputy)
        event = dire.DeputyAppointed(
            deputy=deputy, first_day=first if self.maybe() else None, last_day=last if self.maybe() else None
        )
        self.record("user", user, event)

    def groups_of(self, user: str) -> list[str]:
        """The groups somebody is in now."""
        return sorted(group for group, members in self.members.items() if user in members)

    def _make_room(self, activity: str, linked: Reference) -> None:
        """There is one place for each type of engagement: what was there is unlinked first (ACT-10)."""
        links: set[str] = self.activities[activity]["links"]
        kind = f"{linked.type}-"
        for former in sorted(links - {linked.stream}):
            if kind in ENGAGEMENTS and former.startswith(kind):
                links.discard(former)
                reference = Reference(type=linked.type, id=former[-36:])
                self.record("activity", activity, act.ActivityUnlinked(object=reference))

    def _settle(self) -> None:
        companies = max(8, self.size.activities // 250)
        for beginning, number in (
            (self.company, companies),
            (self.person, companies),
            (self.contact, 3 * companies),
            (self.couple, companies // 3),
            (self.person_link, companies),
            (self.couple_link, companies // 3),
        ):
            for _ in range(number):
                beginning()
        for company in self.random.sample(self.companies, companies // 2):
            self.record("company", company, adr.KeywordAssigned(keyword=CUSTOMER, group=self.status))
        while len(self.restricted) < self.size.restricted:
            self.pick((self.project, self.project, self.opportunity, self.opportunity, self.role, self.role))()
            self.pick((self.phase, self.invoice, self.invoice_change, self.role_change))()

    def _put_away(self) -> None:
        """Folders with activities and engagements in them, and searches that somebody keeps; some for everybody."""
        engagements = [each for each in self.objects if each.startswith(("project-", "opportunity-"))]
        for number in range(8):
            owner = self.pick(self.users) if number % 2 else None
            folder = self.new_id()
            self.folders[folder] = owner
            self.record("folder", folder, adr.FolderCreated(name="Folder", types=_IN_FOLDERS, owner=owner))
            self.lying[folder] = [
                *self.random.sample(self.recorded, min(len(self.recorded), 60)),
                *self.random.sample(engagements, min(len(engagements), 20)),
            ]
            for stream in self.lying[folder]:
                entry = ReferenceToAny.model_validate({"type": stream[:-37], "id": stream[-36:]})
                self.record("folder-entry", entry_id(folder, stream), adr.FolderEntryAdded(folder=folder, entry=entry))
            search, saver = self.new_id(), self.pick(self.users)
            self.searches[search] = (saver, number % 2 == 0)
            saved = adr.SearchSaved(
                name="Calls", of="activities", parameters={"kind": "call"}, owner=saver, is_shared=number % 2 == 0
            )
            self.record("saved-search", search, saved)


def secret_of(user: str) -> str:
    """What the address of a user's calendar holds."""
    return f"secret-of-{user}"


def _named(event: Event, word: str) -> Event:
    if isinstance(event, act.ActivityCorrected) and event.changes.title is not None:
        changes = event.changes.model_copy(update={"title": f"{event.changes.title} {word}"})
        return event.model_copy(update={"changes": changes})
    title = getattr(event, "title", None)
    return event if title is None else event.model_copy(update={"title": f"{title} {word}"})

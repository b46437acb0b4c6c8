"""A reason, walked: from the activity hop by hop to the page, with nothing but the reason and the owners' feeds.

Each hop names events of the object it leads away from. The replay reads that object's feed, and nothing else, and asks
what it says of the next one: when the reason began, the named events must be those that say so; from then on, at every
moment at which one of the feeds went on, the walk must have been possible, for the activity's day of that moment; and
once the reason ended, no longer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any, NamedTuple

from dossier.contracts import AddressRef, Event, RecordedEvent
from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts import engagements as eng

Told = Sequence[tuple[int, Any]]
"""Events of a feed with their versions."""
Day = tuple[date, int]
"""A day, and the version of the event that gave it."""
Telling = tuple[tuple[int, ...], ...]
"""For each hop the versions of the events that say so."""
ENDLESS = date.max


class NotSo(AssertionError):
    """The walk does not lead where the reason says."""


class Said(NamedTuple):
    """What a feed says up to a moment: a rule leads to an object, on days from the first to before the last."""

    code: str
    to: str
    events: tuple[int, ...]
    first: date = date.min
    before: date = ENDLESS

    @property
    def dated(self) -> bool:
        """Whether it holds on some days only."""
        return self.first > date.min or self.before < ENDLESS


class Owners:
    """The feeds of those who own the streams, and what each says at a moment."""

    def __init__(self, events: Iterable[RecordedEvent]) -> None:
        self._feeds: dict[str, list[tuple[str, int, Event]]] = defaultdict(list)
        for each in events:
            self._feeds[each.subject].append((each.recordedtime, each.sequence, each.event()))
        self._said: dict[tuple[str, int], tuple[list[Said], Day]] = {}

    def moments(self, stream: str) -> list[str]:
        """When the feed went on."""
        return [moment for moment, _, _ in self._feeds[stream]] if stream in self._feeds else []

    def said(self, stream: str, moment: str) -> tuple[list[Said], Day]:
        """Where the stream leads as of this moment, and the day it is of, if it is of one."""
        count = bisect_right(self.moments(stream), moment)
        if (stream, count) not in self._said:
            told = [(version, event) for _, version, event in self._feeds.get(stream, ())[:count]]
            self._said[stream, count] = list(said_of(stream, told)), day_of(told)
        return self._said[stream, count]


def replay(reason: Mapping[str, Any], activity: str, page: str, owners: Owners) -> None:
    """Walk the reason. Raises NotSo where it does not lead from the activity to the page for all of its time."""
    hops = [(hop["code"], stream_of(hop["to"])) for hop in reason["hops"]]
    if not hops or hops[-1][1] != page:
        raise NotSo(f"it does not lead to {page}")
    places = [activity, *(to for _, to in hops[:-1])]
    for place, hop in zip(places, reason["hops"], strict=True):
        if any(not event.startswith(f"{place}:") for event in hop["events"]):
            raise NotSo(f"{hop['events']} are not events of {place}")
    named = tuple(tuple(int(event.rpartition(":")[2]) for event in hop["events"]) for hop in reason["hops"])
    _Walk(places, hops, owners).hold(named, reason["since"], reason["until"])


class _Walk:
    """The way that a reason tells of, at any moment since the activity is on record."""

    def __init__(self, places: Sequence[str], hops: Sequence[tuple[str, str]], owners: Owners) -> None:
        self._places = places
        self._hops = hops
        self._owners = owners
        began = owners.moments(places[0])[0]
        self._moments = sorted({moment for place in places for moment in owners.moments(place) if moment >= began})

    def hold(self, named: Telling, since: str, until: str | None) -> None:
        """Raise NotSo unless the walk began at `since` for the named events, and was possible until `until`."""
        tellings = self._tellings(since)
        if not tellings or named != min(tellings):
            raise NotSo(f"at {since} the events {named} do not say it; {tellings} do")
        before = [moment for moment in self._moments if moment < since]
        if before and self._tellings(before[-1]):
            raise NotSo(f"it held before {since}")
        for moment in self._moments:
            if since < moment and (until is None or moment < until) and not self._tellings(moment):
                raise NotSo(f"it did not hold at {moment}")
        if until is not None and self._tellings(until):
            raise NotSo(f"it held at {until} still")

    def _tellings(self, moment: str) -> list[Telling]:
        """All ways to tell it at this moment."""
        told = [self._owners.said(place, moment) for place in self._places]
        day, dated_by = told[0][1]
        possible = [
            [each for each in said if (each.code, each.to) == hop and each.first <= day < each.before]
            for (said, _), hop in zip(told, self._hops, strict=True)
        ]
        return [_telling(steps, dated_by) for steps in product(*possible)]


def _telling(steps: Sequence[Said], dated_by: int) -> Telling:
    """The first hop is also caused by what gave the activity its day, if others hold on some days only."""
    dated = dated_by > 1 and any(step.dated for step in steps)
    first = sorted({*steps[0].events, dated_by}) if dated else steps[0].events
    return (tuple(first), *(step.events for step in steps[1:]))


def day_of(told: Told) -> Day:
    """The day that an activity is of, and the version of the event that gave it."""
    day, by = date.min, 0
    for version, event in told:
        match event:
            case act.ActivityRecorded(occurred_on=on):
                day, by = on, version
            case act.ActivityCorrected(changes=act.ActivityChanges(occurred_on=date() as on)) if on != day:
                day, by = on, version
            case _:
                pass
    return day, by


def said_of(stream: str, told: Told) -> Iterator[Said]:
    """Where what was told of an object leads."""
    match stream[:-37]:
        case "activity":
            yield from _links(told)
        case "contact" if told:
            yield from _affiliation(told)
            yield from _persons(told)
        case "couple":
            yield from _halves(told)
        case "project":
            yield from _customers(told)
        case "phase" | "opportunity" | "invoice":
            yield from _belonging(told)
        case _:
            pass


def _links(told: Told) -> Iterator[Said]:
    links: dict[str, int] = {}
    for version, event in told:
        if isinstance(event, act.ActivityRecorded):
            addresses = [*([event.address] if event.address else []), *event.further_addresses]
            links.update((address.stream, version) for address in addresses)
            engaged = ((kind, getattr(event, kind)) for kind in ("project", "phase", "opportunity", "invoice"))
            links.update((f"{kind}-{id}", version) for kind, id in engaged if id)
        elif isinstance(event, act.ActivityLinked):
            links.setdefault(event.object.stream, version)
        elif isinstance(event, act.ActivityUnlinked):
            links.pop(event.object.stream, None)
    return (Said("direct", to, (version,)) for to, version in links.items())


def _affiliation(told: Told) -> Iterator[Said]:
    *_, (version, event) = [
        each for each in told if isinstance(each[1], adr.ContactRegistered | adr.AffiliationCorrected)
    ]
    yield Said("contact-of-company", f"company-{event.company}", (version,))


def _persons(told: Told) -> list[Said]:
    links: list[Said] = []
    for version, event in told:
        match event:
            case adr.ContactRegistered(person=person) | adr.PersonLinkCorrected(person=person):
                links = [Said("capacity-of-person", f"person-{person}", (version,))] if person else []
            case adr.PersonLinked(person=person):
                links.append(_linked(links, "capacity-of-person", person, version))
            case adr.PersonUnlinked(unlinked_on=day):
                links[-1] = links[-1]._replace(events=(*links[-1].events, version), before=day)
            case _:
                pass
    return links


def _linked(links: Sequence[Said], code: str, person: str, version: int) -> Said:
    """A link covers the days from the end of the one before it; the first one covers all that came before."""
    return Said(code, f"person-{person}", (version,), links[-1].before if links else date.min)


def _halves(told: Told) -> Iterator[Said]:
    first, before, dated_by = date.min, ENDLESS, set[int]()
    halves: dict[str, list[Said]] = {"a": [], "b": []}
    for version, event in told:
        match event:
            case adr.CoupleRegistered():
                halves = {"a": _from_the_start(event.a, version), "b": _from_the_start(event.b, version)}
                first, dated_by = event.valid_from or date.min, {version} if event.valid_from else set[int]()
            case adr.CoupleHalfCorrected():
                halves[event.side] = _from_the_start(event.half, version)
            case adr.CouplePersonLinked(side=side, person=person):
                halves[side].append(_linked(halves[side], "member-of-couple", person, version))
            case adr.CouplePersonUnlinked(side=side, unlinked_on=day):
                ended = halves[side].pop()
                halves[side].append(ended._replace(events=(*ended.events, version), before=day))
            case adr.CoupleSeparated():
                before, dated_by = _after(event.valid_to), {version}
            case adr.CoupleDatesCorrected():
                first, before, dated_by = event.valid_from or date.min, _after(event.valid_to), {version}
            case _:
                pass
    for link in (*halves["a"], *halves["b"]):
        causes = tuple(sorted({*link.events, *dated_by}))
        yield link._replace(events=causes, first=max(first, link.first), before=min(before, link.before))


def _from_the_start(half: adr.Half, version: int) -> list[Said]:
    return [Said("member-of-couple", f"person-{half.person}", (version,))] if half.person else []


def _customers(told: Told) -> Iterator[Said]:
    roles: dict[str, Said] = {}
    for version, event in told:
        match event:
            case eng.RoleAssigned(role="customer"):
                days = event.valid_from or date.min, _after(event.valid_to)
                roles[event.role_id] = Said("project-of-customer", event.address.stream, (version,), *days)
            case eng.RoleDatesChanged() if event.role_id in roles:
                role = roles[event.role_id]
                days = event.valid_from or date.min, _after(event.valid_to)
                roles[event.role_id] = Said(role.code, role.to, (role.events[0], version), *days)
            case eng.RoleRemoved():
                roles.pop(event.role_id, None)
            case _:
                pass
    return iter(roles.values())


def _belonging(told: Told) -> Iterator[Said]:
    """To what was named last; an invoice to its project, and only without one to its recipient."""
    address: Said | None = None
    project = recipient = (0, "")
    for version, event in told:
        match event:
            case eng.OpportunityOpened(address=AddressRef() as of) | eng.OpportunityChanged(address=AddressRef() as of):
                address = Said("opportunity-of-address", of.stream, (version,))
            case eng.PhaseAdded() | eng.InvoiceRegistered():
                project = version, event.project
            case eng.InvoiceChanged() if "project" in event.model_fields_set:
                project = version, event.project
            case _:
                pass
        if isinstance(event, eng.InvoiceRegistered | eng.InvoiceChanged) and event.recipient:
            recipient = version, event.recipient.stream
    if address:
        yield address
    if project[1]:
        yield Said("part-of-project", f"project-{project[1]}", (project[0],))
    elif recipient[1]:
        yield Said("invoice-of-recipient", recipient[1], tuple(sorted({project[0], recipient[0]})))


def _after(day: date | None) -> date:
    return ENDLESS if day in (None, date.max) else day + timedelta(days=1)


def stream_of(reference: Mapping[str, str]) -> str:
    """The stream of a reference."""
    return f"{reference['type']}-{reference['id']}"

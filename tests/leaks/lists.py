"""Probes of lists: pages, filters, searches, folders, work lists, calendars."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import takewhile
from typing import Any
from urllib.parse import urlencode

import icalendar

from dossier.auth.groups import PARTNERS
from histories.domain.lists import NOBODY
from histories.views.wanted import Wanted
from leaks.firm import TODAY, canary, secret_of
from leaks.probing import PLURAL, Probes, Reader
from oracle.filtering import folded, meets, some_wanted
from oracle.listing import Listed, work_list
from oracle.oracle import ENGAGEMENTS

BACK, AHEAD = timedelta(days=90), timedelta(days=366)
"""What a calendar feed shows."""


def path_of(target: str) -> str:
    """Where an object's pages are."""
    return f"/v1/{PLURAL[target[:-37]]}/{target[-36:]}"


async def present(probes: Probes, surface: str, reader: Reader, target: str, path: str) -> bool:
    """Whether the object has pages for the reader; if not, that this one says so."""
    exists = probes.rights.exists(target, reader.tokens)
    if not exists:
        answer = await probes.ask(surface, reader, "histories", path)
        probes.decide(surface, reader, target, shown=answer.status_code != 404, allowed=False)
    return exists


async def pages(probes: Probes, reader: Reader, target: str) -> None:
    """The history of an object, from the newest and from its end."""
    rights, path = probes.rights, f"{path_of(target)}/history"
    if not await present(probes, "page", reader, target, path):
        return
    scope = rights.scope(target)

    def shows(activity: str) -> bool:
        return target in rights.shown_on(activity) and rights.visible(activity, reader.tokens)

    await probes.listed("page", reader, path, scope, shows)
    day = TODAY - timedelta(days=probes.random.randrange(200))
    older = [each for each in scope if rights.activities[each].on <= day]
    await probes.listed("jump", reader, f"{path}?at={day}", older, shows, most=1)


async def filters(probes: Probes, reader: Reader, target: str) -> None:
    """The history with filters, and with its conversations folded."""
    rights = probes.rights
    wanted = replace(some_wanted(probes.random, probes.firm), sender=None, recipient=None)
    path = f"{path_of(target)}/history?{query_of(wanted)}"
    if not rights.exists(target, reader.tokens):
        return

    def shows(activity: str) -> bool:
        return target in rights.shown_on(activity) and rights.visible(activity, reader.tokens)

    surface = "full text" if wanted.text else "filters"
    met = [each for each in rights.scope(target) if meets(rights, each, wanted)]
    await probes.listed(surface, reader, path, met, shows)
    if wanted.text:
        return
    counted = dict(folded(rights, [each for each in met if shows(each)]))
    rows = await probes.listed("folded", reader, f"{path}&fold=conversations", list(counted), counted.__contains__)
    for row in rows:
        told, right = row["conversation"], counted.get(f"activity-{row['id']}")
        probes.decide("counts", reader, f"{row['id']} {told} for {right}", shown=told != right, allowed=False)


async def subsidiaries(probes: Probes, reader: Reader, target: str) -> None:
    """The history of a company with all below it."""
    rights = probes.rights
    family = rights.family(target)
    scope = sorted({each for one in family for each in rights.scope(one)}, key=rights.place, reverse=True)

    def shows(activity: str) -> bool:
        there = bool(rights.shown_on(activity) & family) and target not in rights.activities[activity].hidden
        return there and rights.visible(activity, reader.tokens)

    await probes.listed("subsidiaries", reader, f"{path_of(target)}/history?include=subsidiaries", scope, shows)


async def pinned(probes: Probes, reader: Reader, target: str) -> None:
    """What stands at the top."""
    rights, path = probes.rights, f"{path_of(target)}/pinned"
    if not await present(probes, "pinned", reader, target, path):
        return
    scope = [each for each in rights.scope(target) if target in rights.activities[each].pinned]

    def shows(activity: str) -> bool:
        return target in rights.pinned_on(activity) and rights.visible(activity, reader.tokens)

    await probes.listed("pinned", reader, path, scope, shows)


async def dossier(probes: Probes, reader: Reader, target: str) -> None:
    """What leaves the house about an address: its latest activities, and what the owners of the rest add."""
    rights, first = probes.rights, TODAY - timedelta(days=60)
    if target.startswith(ENGAGEMENTS):
        return
    partner = probes.reader(reader.user, PARTNERS)
    path = f"{path_of(target)}/dossier.ndjson?from={first}"
    answer = await probes.ask("export", partner, "histories", path, of_owner=True)
    assert answer.status_code == 200, answer.text
    records = [json.loads(line) for line in answer.text.splitlines()]
    assert records[-1]["record"] == "complete"

    def shows(activity: str) -> bool:
        return target in rights.shown_on(activity) and rights.visible(activity, reader.tokens)

    scope = list(takewhile(lambda each: rights.activities[each].on >= first, rights.scope(target)))
    told = [f"activity-{record['id']}" for record in records if record["record"] == "activity"]
    probes.compare("export", reader, scope, told, shows)


async def search(probes: Probes, reader: Reader) -> None:
    """All activities, all mails, those that nobody was matched for, and what searches find that somebody kept."""
    rights, random = probes.rights, probes.random
    wanted, day = some_wanted(random, probes.firm), TODAY - timedelta(days=random.randrange(300))
    mails = bool(wanted.sender or wanted.recipient)
    everything = rights.scope("")
    older = everything[bisect_left(everything, True, key=lambda each: rights.activities[each].on <= day) :]

    def shows(activity: str) -> bool:
        fact = rights.activities[activity]
        return not fact.withdrawn and rights.visible(activity, reader.tokens)

    await probes.listed("search", reader, f"/v1/activities?at={day}", older, shows, most=6)
    wanted = replace(wanted, first=day - timedelta(days=40), last=day, kinds=() if mails else wanted.kinds)
    recent = takewhile(lambda each: rights.activities[each].on >= day - timedelta(days=40), older)
    found = [each for each in recent if meets(rights, each, wanted) and (rights.activities[each].mail or not mails)]
    surface = "full text" if wanted.text else "mail search" if mails else "search"
    path = f"/v1/{'mails' if mails else 'activities'}?{query_of(wanted)}"
    await probes.listed(surface, reader, path, found, shows, most=2)
    lost = [each for each in everything if rights.activities[each].mail and rights.unassigned(each)]
    await probes.listed("unassigned", reader, "/v1/unassigned", lost, shows)
    gone = [each for each in everything if rights.activities[each].withdrawn]
    seen = {each for each in gone if rights.visible(each, reader.tokens)}
    await probes.listed("search", reader, "/v1/activities?withdrawn=true", gone, seen.__contains__)
    await _kept(probes, reader, shows)


async def _kept(probes: Probes, reader: Reader, shows: Any) -> None:
    rights, searches = probes.rights, probes.firm.searches
    search = probes.random.choice(sorted(searches))
    saver, shared = searches[search]
    path = f"/v1/searches/{search}/results"
    if shared or saver == reader.user:
        calls = [each for each in rights.scope("") if rights.activities[each].said["kind"] == "call"]
        await probes.listed("saved search", reader, path, calls, shows, most=1)
    else:
        answer = await probes.ask("saved search", reader, "histories", path)
        probes.decide("saved search", reader, search, shown=answer.status_code != 404, allowed=False)


async def words(probes: Probes, reader: Reader, activity: str) -> None:
    """The words that stand in one activity alone: they find it, with the place where they are, or nothing."""
    rights = probes.rights
    seen = rights.visible(activity, reader.tokens) and not rights.activities[activity].withdrawn
    word = probes.random.choice((canary(activity), f'"{canary(activity)}"'))
    answer = await probes.ask("full text", reader, "histories", f"/v1/activities?q={word}")
    items = answer.json()["items"]
    shown = any(row["id"] == activity[-36:] for row in items)
    probes.decide("full text", reader, activity, shown=shown, allowed=seen)
    said = any(hit["field"] == "title" for row in items for hit in row["hits"])
    probes.decide("excerpts", reader, activity, shown=said, allowed=seen)


async def folders(probes: Probes, reader: Reader) -> None:
    """What was put into a folder by hand."""
    rights = probes.rights
    folder = probes.random.choice(sorted(probes.firm.folders))
    path, lying = f"/v1/folders/{folder}", probes.firm.lying[folder]
    if probes.firm.folders[folder] not in (None, reader.user):
        for surface, content in (("folder", "activities"), ("folder contents", "entries")):
            answer = await probes.ask(surface, reader, "histories", f"{path}/{content}")
            probes.decide(surface, reader, folder, shown=answer.status_code != 404, allowed=False)
        return

    def shows(stream: str) -> bool:
        withdrawn = stream in rights.activities and rights.activities[stream].withdrawn
        return not withdrawn and rights.may_be_called(stream, reader.tokens)

    activities = [each for each in lying if each in rights.activities]
    await probes.listed("folder", reader, f"{path}/activities", activities, shows)
    rows = (await probes.ask("folder contents", reader, "histories", f"{path}/entries?limit=200")).json()["items"]
    probes.compare("folder contents", reader, lying, [f"{row['type']}-{row['id']}" for row in rows], shows)
    # Where folders are written, nobody is told of what may be hidden.
    await probes.ask("folder", reader, "addresses", f"{path}/entries")


async def work_lists(probes: Probes, reader: Reader) -> None:
    """What is mine, what waits for others, and what the members of a team have to do."""
    rights = probes.rights
    for path, users, name in (
        ("mine?all=true", {reader.user}, "date"),
        ("mine?all=true&by=due", {reader.user}, "due"),
        ("mine?show=completed", {reader.user}, "done"),
        ("waiting?", {reader.user}, "waiting"),
        ("team?all=true", rights.team_of(reader.user, TODAY), "date"),
    ):
        await _work_list(probes, reader, f"/v1/work-lists/{path}", users, name)
    others = sorted(rights.lists_open_to(reader.user, TODAY))
    for other in (probes.random.choice(probes.firm.users), probes.random.choice(others)):
        path = f"/v1/work-lists/users/{other}?all=true"
        if other in others:
            await _work_list(probes, reader, path, {other}, "date")
        else:
            answer = await probes.ask("work list", reader, "histories", path)
            probes.decide("work list", reader, f"list of {other}", shown=answer.status_code != 404, allowed=False)
    overview = (await probes.ask("work list", reader, "histories", "/v1/work-lists")).json()
    mine = rights.among(rights.concerning(reader.user))
    asked = [("date", "mine", mine, reader.user), ("waiting", "waiting", mine, reader.user)]
    if probes.random.random() < 0.25:  # it is long
        asked.append(("due", "nobody", rights.among(rights.concerning(NOBODY)), NOBODY))
        await _work_list(probes, reader, "/v1/work-lists/nobody", {NOBODY}, "due", most=1)
    for name, field, among, user in asked:
        there = bool(work_list(among, user, name, reader.tokens))
        probes.decide("counts of lists", reader, f"overview of {name}", shown=overview[field], allowed=there)


async def _work_list(probes: Probes, reader: Reader, path: str, users: set[str], name: str, most: int = 0) -> None:
    rights = probes.rights
    scope: list[str] = []
    allowed: set[str] = set()
    for user in users:
        fewer = rights.among(rights.concerning(user))
        scope += [f"{each} {user}" for each in _ids(work_list(fewer, user, name, probes.everybody))]
        allowed |= {f"{each} {user}" for each in _ids(work_list(fewer, user, name, reader.tokens))}
    most = most or 1 + len(allowed) // 200
    await probes.listed("work list", reader, path, scope, allowed.__contains__, most=most, id_of=_item)


async def calendar(probes: Probes, reader: Reader) -> None:
    """A calendar of the reader or of somebody else."""
    first, last = TODAY - timedelta(days=60), TODAY + timedelta(days=40)
    for user in (reader.user, probes.random.choice(probes.firm.users)):
        path = f"/v1/calendar?from={first}&to={last}&of={user}&include=responsible"
        rows = (await probes.ask("calendar", reader, "histories", path)).json()["items"]
        _compare(probes, "calendar", reader, user, ("calendar", "entrusted"), (first, last), _streams(rows))


async def feed(probes: Probes, reader: Reader) -> None:
    """The feed by which the reader's own calendar is read without signing in; unchanged, it says so."""
    groups = probes.rights.groups_of(reader.user)  # nobody signs in who could say it
    reader = replace(reader, groups=tuple(sorted(groups)), headers={})
    path = f"/v1/calendar-feeds/{secret_of(reader.user)}.ics?tasks=todo"
    answer = await probes.ask("calendar feed", reader, "histories", path)
    told: dict[str, list[str]] = {"VEVENT": [], "VTODO": []}
    for component in icalendar.Calendar.from_ical(answer.content).subcomponents:
        told[str(component.name)].append(f"activity-{str(component['uid']).removesuffix('@dossier')[-36:]}")
    _compare(probes, "calendar feed", reader, reader.user, ("calendar",), (TODAY - BACK, TODAY + AHEAD), told["VEVENT"])
    _compare(probes, "calendar feed", reader, reader.user, ("date",), (date.min, date.max), told["VTODO"])
    known = probes.tags.get(reader.user)
    if known:
        again = await probes.ask("etag", reader, "histories", path, headers={"If-None-Match": known[0]})
        probes.decide("etag", reader, path, shown=again.status_code == 304, allowed=known[1] == answer.content)
    probes.tags[reader.user] = answer.headers["ETag"], answer.content


def _compare(
    probes: Probes,
    surface: str,
    reader: Reader,
    user: str,
    names: Sequence[str],
    period: tuple[date, date],
    shown: Sequence[str],
) -> None:
    """Decide on everything that stands on these lists of a user in a period."""
    fewer = probes.rights.among(probes.rights.concerning(user))

    def listed(tokens: set[str]) -> list[str]:
        found = [each for name in names for each in work_list(fewer, user, name, tokens)]
        return [stream for stream, day in found if day is None or period[0] <= date.fromisoformat(day) <= period[1]]

    allowed = set(listed(reader.tokens))
    probes.compare(surface, reader, listed(probes.everybody), shown, allowed.__contains__)


def query_of(wanted: Wanted) -> str:
    """The parameters of a request for what is wanted."""
    given: dict[str, Any] = {
        "q": wanted.text,
        "kind": wanted.kinds,
        "medium": wanted.media,
        "type": wanted.types,
        "direction": wanted.directions,
        "person": wanted.person,
        "entered_by": wanted.entered_by,
        "responsible": wanted.responsible,
        "category": wanted.keywords,
        "thread": wanted.thread,
        "sender": wanted.sender,
        "recipient": wanted.recipient,
        "from": wanted.first,
        "to": wanted.last,
        "completed": "" if wanted.completed is None else str(wanted.completed).lower(),
    }
    return urlencode({name: value for name, value in given.items() if value}, doseq=True)


def _item(row: dict[str, Any]) -> str:
    return f"{row['id']} {row['user']['id'] if row['user'] else NOBODY}"


def _streams(rows: Iterable[dict[str, Any]]) -> list[str]:
    return [f"activity-{row['id']}" for row in rows]


def _ids(listed: Iterable[Listed]) -> list[str]:
    return [activity for activity, _ in listed]

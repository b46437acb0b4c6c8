"""Whether all stands as the acknowledged commands say, in the record and on pages, and is seen by whom it may be.

The services say it themselves, over HTTP; what it has to be comes from the model.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import httpx

from faults.cast import READERS, TRUSTED, USER_GROUPS, USER_IDS
from faults.client import Clients
from faults.model import Facts

AT_ONCE = 8
SAMPLE = 150
"""Activities of which it is asked on their pages, and of each reader, whether they are seen there."""


async def all_of(questions: Iterable[Awaitable[list[str]]]) -> list[str]:
    """What is wrong by all of these, a few of them at a time."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def asked(question: Awaitable[list[str]]) -> list[str]:
        async with turn:
            return await question

    return [fault for faults in await asyncio.gather(*map(asked, questions)) for fault in faults]


async def standing(clients: Clients, expected: Mapping[str, Facts]) -> list[str]:
    """Every stream is what the commands say that were acknowledged: nothing is lost, and nothing done twice."""
    return await all_of(_stands(clients, stream, facts) for stream, facts in expected.items())


async def _stands(clients: Clients, stream: str, facts: Facts) -> list[str]:
    kind, id = stream[:-37], stream[-36:]
    service, path = PLACES[kind]
    answer = await clients.ask(service, f"{path}/{id}", by=TRUSTED)
    if not answer.is_success:
        return [f"{stream} was acknowledged and is lost: {answer.status_code}"]
    found = await SHOWN[kind](clients, answer.json())
    return _differing(stream, facts, found)


def _differing(stream: str, facts: Facts, found: Facts) -> list[str]:
    wrong = {name: found.get(name) for name, value in facts.items() if found.get(name) != value}
    return [f"{stream}: {name} is {value} and must be {facts[name]}" for name, value in wrong.items()]


async def _activity(clients: Clients, answer: dict[str, Any]) -> Facts:
    links = [each for each in (answer["address"], *answer["further_addresses"]) if each]
    recurs, review, offer = answer["recurrence"], answer["review"], answer["delegation"]
    return {
        "title": answer["title"],
        "addresses": tuple(_stream(each) for each in links),
        "project": answer["project"],
        "completed_on": answer["completed_on"],
        "due_on": answer["due_on"],
        "main": answer["responsible"] and answer["responsible"]["user"],
        "further": frozenset(each["user"] for each in answer["further_responsible"]),
        "visibility": answer["visibility"],
        "grants": frozenset(f"{each['to']}:{each['id']}" for each in answer["grants"]),
        "author": answer["entered_by"],
        "withdrawn": answer["withdrawn"],
        "pinned": frozenset(map(_stream, answer["pinned_on"])),
        "hidden": frozenset(map(_stream, answer["hidden_on"])),
        "documents": {each["id"]: await _versions(clients, answer["id"], each["id"]) for each in answer["documents"]},
        "working": frozenset((each["id"], user) for each in answer["documents"] for user in each["checked_out_by"]),
        "offered_to": offer and offer["to"],
        "reviewer": review and review["reviewer"],
        "approved": review and review["approved"],
        "early": frozenset(each["id"] for each in answer["early_deadlines"]),
        "early_of": answer["early_deadline_of"] and answer["early_deadline_of"]["deadline"],
        "recurrence": recurs and (recurs["series"], recurs["occurrence"], recurs["occurs_on"]),
    }


async def _versions(clients: Clients, activity: str, document: str) -> tuple[str, ...]:
    answer = await clients.ask("activities", f"/v1/activities/{activity}/documents/{document}", by=TRUSTED)
    return tuple(each["sha256"] for each in sorted(answer.json()["versions"], key=lambda each: each["number"]))


async def _contact(_: Clients, answer: dict[str, Any]) -> Facts:
    return {"company": answer["company"]}


async def _project(_: Clients, answer: dict[str, Any]) -> Facts:
    to = answer["restricted_to"]
    named = to and frozenset((*(f"user:{each}" for each in to["users"]), *(f"group:{each}" for each in to["groups"])))
    return {"restricted_to": named}


async def _user(_: Clients, answer: dict[str, Any]) -> Facts:
    return {"deputies": frozenset(each["user"] for each in answer["deputies"])}


async def _group(_: Clients, answer: dict[str, Any]) -> Facts:
    return {name: frozenset(answer[name]) for name in ("members", "leaders")}


PLACES = {
    "activity": ("activities", "/v1/activities"),
    "contact": ("addresses", "/v1/contacts"),
    "project": ("engagements", "/v1/projects"),
    "user": ("directory", "/v1/users"),
    "group": ("directory", "/v1/groups"),
}
SHOWN: Mapping[str, Callable[[Clients, dict[str, Any]], Awaitable[Facts]]] = {
    "activity": _activity,
    "contact": _contact,
    "project": _project,
    "user": _user,
    "group": _group,
}


async def seen(clients: Clients, expected: Mapping[str, Facts], seed: int = 0) -> list[str]:
    """Some activities, asked for by each reader: who may see one finds it as it stands, others hear of none."""
    activities = sorted(stream for stream in expected if stream.startswith("activity-"))
    sample = random.Random(seed).sample(activities, min(SAMPLE, len(activities)))
    return await all_of(_is_seen(clients, stream, login, expected) for stream in sample for login in READERS)


async def _is_seen(clients: Clients, stream: str, login: str, expected: Mapping[str, Facts]) -> list[str]:
    facts = expected[stream]
    wanted = 200 if _may_see(facts, login, expected) else 404
    faults: list[str] = []
    for service in ("activities", "histories"):
        answer = await clients.ask(service, f"/v1/activities/{stream[-36:]}", by=login)
        if answer.status_code != wanted:
            faults.append(f"{service} answers {login} {answer.status_code} about {stream} and must answer {wanted}")
        elif wanted == 200 and service == "histories":
            faults += _on_pages(stream, facts, answer)
    return faults


def _may_see(facts: Facts, login: str, expected: Mapping[str, Facts]) -> bool:
    tokens = {f"user:{USER_IDS[login]}", *(f"group:{group}" for group in USER_GROUPS[login])}
    people = (facts["author"], facts["main"], facts["offered_to"], facts["reviewer"], *facts["further"])
    named = facts["grants"] | {f"user:{each}" for each in people if each}
    project = facts["project"] and expected[f"project-{facts['project']}"]["restricted_to"]
    return (facts["visibility"] == "everyone" or bool(tokens & named)) and (not project or bool(tokens & project))


def _on_pages(stream: str, facts: Facts, answer: httpx.Response) -> list[str]:
    """Hidden where it is hidden, on no page while it is withdrawn, else on those of all its addresses."""
    told = answer.json()
    found = {name: told[name] for name in ("title", "completed_on", "due_on")}
    found |= {"hidden": frozenset(map(_stream, told["hidden_on"])), "withdrawn": "withdrawn" in told["marks"]}
    faults = _differing(f"the page of {stream}", {name: facts[name] for name in found}, found)
    shown = frozenset(map(_stream, told["shown_on"]))
    wanted = frozenset(facts["addresses"]) - facts["hidden"]
    if shown if facts["withdrawn"] else wanted - shown:
        faults.append(f"{stream} is on the pages of {sorted(shown)} and must be on those of {sorted(wanted)}")
    return faults


async def led(clients: Clients, expected: Mapping[str, Facts]) -> list[str]:
    """Each reader finds the work lists of whom they stand in for, and of the teams they or those lead."""
    return await all_of(_is_led(clients, login, expected) for login in READERS)


async def _is_led(clients: Clients, login: str, expected: Mapping[str, Facts]) -> list[str]:
    me = USER_IDS[login]
    represented = {stream for stream, facts in expected.items() if me in facts.get("deputies", ())}
    leading = {f"user-{me}", *represented}
    teams = {
        stream
        for stream, facts in expected.items()
        if any(f"user-{each}" in leading for each in facts.get("leaders", ()))
    }
    told = (await clients.ask("histories", "/v1/work-lists", by=login)).json()
    found = {_stream(each) for each in told["represents"]}, {_stream(each["group"]) for each in told["teams"]}
    return [] if found == (represented, teams) else [f"{login} is told of {found} and must be of {represented, teams}"]


def _stream(reference: Mapping[str, Any]) -> str:
    return f"{reference['type']}-{reference['id']}"

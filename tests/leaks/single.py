"""Probes of one thing at a time: touchpoints and counts, an activity with its documents, an engagement."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from leaks.firm import TODAY
from leaks.lists import path_of, present
from leaks.probing import PLURAL, Probes, Reader
from oracle.listing import months, next_task

CONTENTS = ("", "/text", "/changes", "/readers")
"""What the activities service tells of an activity."""


async def touchpoints(probes: Probes, reader: Reader, target: str) -> None:
    """Last contacts, the next task, and how much happened in each month."""
    rights, path = probes.rights, f"{path_of(target)}/touchpoints"
    if not await present(probes, "touchpoints", reader, target, path):
        return
    fewer = rights.among(rights.scope(target))
    told = (await probes.ask("touchpoints", reader, "histories", path)).json()
    last = fewer.touchpoints(target, reader.tokens, TODAY)
    shown = [f"activity-{each['activity']['id']}" for each in told["items"]]
    without_rights = fewer.touchpoints(target, probes.everybody, TODAY)
    probes.compare("touchpoints", reader, dict.fromkeys((*without_rights, *last)), shown, last.__contains__)
    coming, following = next_task(fewer, target, reader.tokens), told["next_task"]
    probes.compare(
        "touchpoints", reader, filter(None, [coming]), [f"activity-{following['id']}"] if following else [], bool
    )
    counted, anybodys = (months(fewer, target, tokens, TODAY) for tokens in (reader.tokens, probes.everybody))
    for each in told["months"]:
        right = counted.get(each["month"], 0)
        if not each["count"] and each["month"] not in anybodys:
            continue
        what = f"{target} {each['month']}: {each['count']} for {right}"
        probes.decide("counts", reader, what, shown=each["count"] > right, allowed=each["count"] < right)


async def activity(probes: Probes, reader: Reader, activity: str) -> None:
    """An activity by its id: where it is and why, and all that the activities service tells of it."""
    seen = probes.rights.visible(activity, reader.tokens)
    path = f"/v1/activities/{activity[-36:]}"
    answer = await probes.ask("why", reader, "histories", path)
    probes.decide("why", reader, activity, shown=answer.status_code == 200, allowed=seen)
    if activity in probes.rights.parked:
        return  # its owner knows all of it, and so better than the oracle
    seen = probes.rights.shown_by_owner(activity, reader.tokens)
    for content in CONTENTS:
        answer = await probes.ask(f"activity{content}", reader, "activities", path + content)
        assert answer.status_code in (200, 404), answer.text
        probes.decide(f"activity{content}", reader, activity, shown=answer.status_code == 200, allowed=seen)
        if content == "/readers" and seen:
            _decide_readers(probes, reader, activity, answer.json())


def _decide_readers(probes: Probes, reader: Reader, activity: str, told: dict[str, Any]) -> None:
    """Who can see it, as the answer says, is who can."""
    lines = {_token(line["who"]) for line in told["lines"]}
    doors = [{_token(who) for who in each["who"]} for each in told["restrictions"]]
    for _ in range(5):
        other = probes.reader()
        said = ("everyone" in lines or bool(lines & other.tokens)) and all(door & other.tokens for door in doors)
        allowed = probes.rights.shown_by_owner(activity, other.tokens)
        probes.decide("who can see this", reader, f"{activity} for {other.user}", shown=said, allowed=allowed)


def _token(who: dict[str, Any]) -> str:
    return who["type"] if who["type"] == "everyone" else f"{who['type']}:{who['id']}"


async def documents(probes: Probes, reader: Reader, activity: str) -> None:
    """A document's versions and bytes."""
    rights = probes.rights
    found = sorted(rights.activities[activity].documents)
    if not found or activity in rights.parked:
        return
    seen = rights.shown_by_owner(activity, reader.tokens)
    path = f"/v1/activities/{activity[-36:]}/documents/{probes.random.choice(found)}"
    await probes.office.fill(activity)
    for surface, content in (("document", ""), ("bytes", "/content")):
        answer = await probes.ask(surface, reader, "activities", path + content)
        assert answer.status_code in (200, 404), answer.text
        probes.decide(surface, reader, activity, shown=answer.status_code == 200, allowed=seen)


async def engagement(probes: Probes, reader: Reader, target: str) -> None:
    """An engagement and its change log, where it is at home."""
    allowed = probes.rights.exists(target, reader.tokens) or probes.rights.belongs_to_nothing_known(target)
    if target in probes.rights.parked or probes.rights.part_of(target) in probes.rights.parked:
        return
    for content in ("", "/changes"):
        path = f"/v1/{PLURAL[target[:-37]]}/{target[-36:]}{content}"
        answer = await probes.ask("engagement", reader, "engagements", path)
        assert answer.status_code in (200, 404), answer.text
        probes.decide("engagement", reader, target, shown=answer.status_code == 200, allowed=allowed)


async def engagements(probes: Probes, reader: Reader) -> None:
    """The projects and opportunities that there are for the reader."""
    for kind in ("project", "opportunity"):
        scope = sorted(
            each for each in probes.rights.known if each.startswith(f"{kind}-") and len(each) == len(kind) + 37
        )
        shown: list[str] = []
        cursor = ""
        for _ in range(2):
            found = (
                await probes.ask("engagements", reader, "engagements", f"/v1/{PLURAL[kind]}?limit=200{cursor}")
            ).json()
            shown += [f"{kind}-{each['id']}" for each in found["items"]]
            cursor = f"&cursor={found['next']}"
            if found["next"] is None:
                break
        read = [each for each in scope if found["next"] is None or each <= shown[-1]]
        known = [each for each in read if each not in probes.rights.parked]
        told = [each for each in shown if each not in probes.rights.parked]
        probes.compare("engagements", reader, known, told, lambda each: probes.rights.exists(each, reader.tokens))


async def silent_customers(probes: Probes, reader: Reader) -> None:
    """Customers of whom the reader has heard nothing since a day, which may lie ahead, as some activities do."""
    rights, since = probes.rights, TODAY - timedelta(days=probes.random.randrange(-30, 30))
    shown: dict[str, str | None] = {}
    path, cursor = f"/v1/controlling/customers-without-activities?since={since}&limit=200", ""
    while True:
        found = (await probes.ask("silent customers", reader, "histories", path + cursor)).json()
        for each in found["items"]:
            customer = f"{each['customer']['type']}-{each['customer']['id']}"
            shown[customer] = f"activity-{each['last']['id']}" if each["last"] else None
        if found["next"] is None:
            break
        cursor = f"&cursor={found['next']}"
    everybody = rights.customers_of(probes.everybody)
    last = {each: _last(probes, reader, each) for each in everybody | rights.customers_of(reader.tokens)}
    silent = {each for each in rights.customers_of(reader.tokens) if _before(probes, last[each], since)}
    probes.compare("silent customers", reader, sorted(last), shown, silent.__contains__)
    for customer in silent & shown.keys():
        right = last[customer] == shown[customer]
        probes.decide("silent customers", reader, f"{customer}: {shown[customer]}", shown=not right, allowed=False)


def _last(probes: Probes, reader: Reader, customer: str) -> str | None:
    rights = probes.rights
    shown = (each for each in rights.scope(customer) if customer in rights.shown_on(each))
    return next((each for each in shown if rights.visible(each, reader.tokens)), None)


def _before(probes: Probes, activity: str | None, since: date) -> bool:
    return activity is None or probes.rights.activities[activity].on < since

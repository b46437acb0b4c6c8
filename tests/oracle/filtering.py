"""Which activities meet a filter, and which mails stand for their conversations: asked of facts, one by one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

from histories.views.wanted import Wanted
from oracle.chance import DAYS, FIRST_DAY
from oracle.facts import Activity
from oracle.oracle import Oracle
from oracle.worlds import KEYWORDS, MAIL_ADDRESSES, THREADS, TYPES, World

_PARTS = re.compile(r'-?"[^"]+"|\S+')
TEXTS = ["dach", "daechern", "offers", "dach offer", "bert", '"das dach"', "-offers", 'dach -"und keller"', '"dach an"']


def some_wanted(random: Random, world: World) -> Wanted:
    """Something to ask for: one filter, now and then several."""
    persons = [stream[-36:] for stream in world.objects if stream.split("-")[0] in ("company", "person", "contact")]
    first = FIRST_DAY + timedelta(days=random.randrange(DAYS))
    choices: dict[str, Any] = {
        "kinds": random.sample(["call", "meeting", "note", "email"], random.choice((1, 2))),
        "media": random.sample(["phone", "on_site", "online", "email"], random.choice((1, 2))),
        "types": random.sample(TYPES, random.choice((1, 2))),
        "directions": [random.choice(("in", "out", "internal"))],
        "person": random.choice(persons),
        "entered_by": random.choice(world.users),
        "responsible": random.choice(world.users),
        "keywords": random.sample(KEYWORDS, random.choice((1, 2))),
        "thread": random.choice(THREADS),
        "sender": random.choice(["acme.example", *MAIL_ADDRESSES]),
        "recipient": random.choice(["acme.example", *MAIL_ADDRESSES]),
        "text": random.choice(TEXTS),
        "completed": random.choice((True, False)),
        "first": first,
        "last": first + timedelta(days=random.randrange(DAYS)),
    }
    names = random.sample(sorted(choices), random.choice((1, 1, 1, 2, 3)))
    return Wanted(**{name: choices[name] for name in names})


def found(oracle: Oracle, wanted: Wanted, tokens: set[str]) -> list[str]:
    """All activities that are asked for and somebody with these tokens sees, newest first."""
    told = [each for each, fact in oracle.activities.items() if fact.withdrawn == wanted.withdrawn]
    return sorted(
        (each for each in told if oracle.visible(each, tokens) and meets(oracle, each, wanted)),
        key=oracle.place,
        reverse=True,
    )


def meets(oracle: Oracle, activity: str, wanted: Wanted) -> bool:
    """Whether the activity is what is asked for."""
    fact = oracle.activities[activity]
    mail = fact.said["mail"]
    answers = [
        not wanted.kinds or fact.said["kind"] in wanted.kinds,
        not wanted.media or fact.medium in wanted.media,
        not wanted.types or fact.said["activity_type"] in wanted.types,
        not wanted.directions or fact.said["direction"] in wanted.directions,
        not wanted.person or wanted.person in {stream[-36:] for stream in _addresses(oracle, activity)},
        not wanted.entered_by or fact.author == wanted.entered_by,
        not wanted.responsible or wanted.responsible in [fact.main, *fact.further],
        set(wanted.keywords) <= set(fact.said["keywords"]),
        not wanted.thread or (mail is not None and mail.thread == wanted.thread),
        not wanted.sender or (mail is not None and _is_of(mail.sender, wanted.sender)),
        not wanted.recipient
        or (mail is not None and any(_is_of(r.address, wanted.recipient) for r in mail.recipients)),
        all(_says(fact, part.lstrip("-")) != part.startswith("-") for part in _PARTS.findall(wanted.text)),
        wanted.completed is None or wanted.completed == (fact.task.done is not None),
        wanted.first is None or fact.on >= wanted.first,
        wanted.last is None or fact.on <= wanted.last,
    ]
    return all(answers)


def folded(oracle: Oracle, page: Sequence[str]) -> list[tuple[str, int | None]]:
    """The rows of a page, newest first, with its conversations folded: of each the first, with how many there are."""
    rows: dict[str, tuple[str, int | None]] = {}
    for activity in page:
        mail = oracle.activities[activity].said["mail"]
        thread = mail.thread if mail is not None and mail.thread else ""
        head, count = rows.get(thread or activity, (activity, 0 if thread else None))
        rows[thread or activity] = (head, None if count is None else count + 1)
    return list(rows.values())


def _addresses(oracle: Oracle, activity: str) -> list[str]:
    kinds = ("company", "person", "contact", "couple")
    return [stream for stream in oracle.shown_on(activity) if stream.split("-")[0] in kinds]


def _says(fact: Activity, part: str) -> bool:
    """Whether the word or phrase is in it; the few of random worlds and their forms, as somebody would read them."""
    forms = {"dach": ("Dach", "Dächer"), "daechern": ("Dach", "Dächer"), "bert": ("Bert@",)}
    # The last phrase is never in one field, but where a title ends and a text begins.
    forms |= {'"das dach"': ("Das Dach",), '"und keller"': ("und Keller",), '"dach an"': ()}
    said, mail = fact.said, fact.said["mail"]
    heads = "" if mail is None else " ".join([mail.sender, *(recipient.address for recipient in mail.recipients)])
    says = " ".join([said["title"], said["text"], heads, *(name for name, *_ in fact.documents.values())])
    return any(form in says for form in forms.get(part, ("Offer", "offer")))


def _is_of(address: str, asked: str) -> bool:
    plain, wanted = address.lower(), asked.lower()
    return plain == wanted if "@" in wanted else plain.endswith(f"@{wanted}")

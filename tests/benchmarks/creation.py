"""Entering addresses in bulk: many callers at once, a mix of the four types, beside a head read and a shared insert."""

from __future__ import annotations

import json
import random
from itertools import count

from benchmarks.book_data import CITIES
from benchmarks.http import Http
from benchmarks.measuring import Call, Goal, Report, Samples, closed_loop
from benchmarks.stack import Installation, Stack
from dossier.demo.words import COMPANIES, FIRST_NAMES, LAST_NAMES
from dossier.ids import new_id

CALLERS = 64
GOAL = 1_000
"""Addresses a second."""
FOUNDATION = 50
"""Companies, and as many persons, that are there before: contacts and couples refer to them."""
SHARES = {"companies": 0.3, "persons": 0.2, "couples": 0.02, "contacts": 0.48}
_BATCH = f"dossier-batch: {new_id()}\r\n"
_ROUNDS = 3


async def run(stack: Stack, report: Report, *, quick: bool, size: int) -> None:
    """The process of the API alone; a batch is not compared with what is there."""
    seconds = 2.0 if quick else 5.0
    async with stack.installation("creation") as installation:
        installation.run("addresses", "api")
        address = installation.run_bare("api")
        installation.wait()
        http = await installation.http("addresses")
        bare = Http(address)
        made = Made()
        await made.found(http)
        before = installation.cpu("addresses", "api"), installation.cpu("bare", "api")
        numbers = await _capacity(report, made, http, bare, seconds)
        used = [
            installation.cpu(*process) - earlier
            for process, earlier in zip((("addresses", "api"), ("bare", "api")), before, strict=True)
        ]
        what = "processor time of an address that is entered, in the API"
        report.add(what, 1000 * used[0] / numbers[0], "ms", 1000 * used[1] / numbers[1])
        await http.close()
        await bare.close()
        await _all_there(installation, report, numbers[0])


class Made:
    """The requests: each address with a channel or a postal address, contacts of few companies, half of them linked."""

    def __init__(self) -> None:
        self._choice = random.Random(7)
        self._companies = [new_id() for _ in range(FOUNDATION)]
        self._persons = [new_id() for _ in range(FOUNDATION)]

    async def found(self, http: Http) -> None:
        """Enter what the others refer to."""
        for identifier in self._companies:
            await http.post("/v1/companies", json.dumps({"id": identifier, "name": "Grundstein AG"}).encode(), _BATCH)
        for identifier in self._persons:
            await http.post("/v1/persons", json.dumps({"id": identifier, "last_name": "Muster"}).encode(), _BATCH)

    def any(self) -> tuple[str, bytes]:
        """Where the next address is posted to, and what."""
        (kind,) = self._choice.choices(list(SHARES), weights=list(SHARES.values()))
        return kind, json.dumps(getattr(self, f"_{kind}_body")()).encode()

    def contact(self, company: int) -> tuple[str, bytes]:
        """A contact of one of the companies."""
        return "contacts", json.dumps(self._contacts_body() | {"company": self._companies[company]}).encode()

    def _companies_body(self) -> dict[str, object]:
        return {
            "name": self._choice.choice(COMPANIES),
            "postal_addresses": [{"kind": "visit", "city": self._choice.choice(CITIES), "country": "CH"}],
        }

    def _persons_body(self) -> dict[str, object]:
        return self._name()

    def _couples_body(self) -> dict[str, object]:
        return {"a": {"person": self._choice.choice(self._persons)}, "b": self._name()}

    def _contacts_body(self) -> dict[str, object]:
        linked = self._choice.random() < 0.5
        name = {"person": self._choice.choice(self._persons)} if linked else self._name()
        mail = f"kontakt{self._choice.randrange(10**9)}@firma.example"
        return {"company": self._choice.choice(self._companies), "channels": [{"kind": "E", "value": mail}], **name}

    def _name(self) -> dict[str, object]:
        return {"last_name": self._choice.choice(LAST_NAMES), "first_name": self._choice.choice(FIRST_NAMES)}


async def _capacity(report: Report, made: Made, http: Http, bare: Http, seconds: float) -> tuple[int, int]:
    """How many addresses each took in all."""

    async def mixed(number: int) -> None:
        kind, body = made.any()
        await http.post(f"/v1/{kind}", body, _BATCH)

    async def of_one_company(number: int) -> None:
        kind, body = made.contact(0)
        await http.post(f"/v1/{kind}", body, _BATCH)

    plain = _bare_call(made, bare)
    warm = [await closed_loop(CALLERS, 1.0, call) for call in (mixed, plain)]
    rounds = [[await _closed(call, seconds) for call in (mixed, of_one_company, plain)] for _ in range(_ROUNDS)]
    best, crowd, best_bare = (max(samples, key=lambda each: each.rate) for samples in zip(*rounds, strict=True))
    report.add(f"addresses entered, {CALLERS} callers", best.rate, "/s", best_bare.rate, Goal(GOAL))
    report.add(f"contacts of one company entered, {CALLERS} callers", crowd.rate, "/s", best_bare.rate)
    told = (" and ".join(f"{each.rate:,.0f}" for each in taken) for taken in rounds)
    report.note(f"p50 {best.percentile(50):.0f} ms; rounds (mix, one company, bare) {', '.join(told)}")
    ours = [warm[0], *(samples for taken in rounds for samples in taken[:2])]
    theirs = [warm[1], *(taken[2] for taken in rounds)]
    return sum(len(each.latencies) for each in ours), sum(len(each.latencies) for each in theirs)


async def _closed(call: Call, seconds: float) -> Samples:
    samples = await closed_loop(CALLERS, seconds, call)
    if samples.failures:
        raise AssertionError(f"{len(samples.failures)} were refused: {samples.failures[0]}")
    return samples


def _bare_call(made: Made, bare: Http) -> Call:
    numbers = count()

    async def call(number: int) -> None:
        _, body = made.contact(next(numbers) % FOUNDATION)
        await bare.post(f"/commands/contact-{new_id()}", body)

    return call


async def _all_there(installation: Installation, report: Report, number: int) -> None:
    """Everything that was acknowledged is in the store. Raises AssertionError."""
    stored = await installation.database("addresses")["commits"].count_documents({"channel": "user"})
    if stored != number + 2 * FOUNDATION:
        raise AssertionError(f"{number + 2 * FOUNDATION:,} were acknowledged, {stored:,} are there")
    report.note(f"{stored:,} commits in the store")

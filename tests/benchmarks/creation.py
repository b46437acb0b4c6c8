"""Entering addresses in bulk: many callers at once, a mix of the four types, beside a head read and a shared insert."""

from __future__ import annotations

import json
import random
from itertools import count

from benchmarks.book_data import CITIES
from benchmarks.http import Http, RefusedError
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
OF_MANY, REQUESTS = 50, 8
"""Addresses of one request, and such requests at the same time."""
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
        made, cpu = Made(), (lambda: installation.cpu("addresses", "api"))
        await made.found(http)
        before, before_bare = cpu(), installation.cpu("bare", "api")
        alone, bare_number, bare_rate = await _one_by_one(report, made, http, bare, seconds)
        between, used_bare = cpu(), installation.cpu("bare", "api") - before_bare
        many = await _many(report, made, http, seconds, bare_rate)
        per_bare = 1000 * used_bare / bare_number
        what = "processor time of an address that is entered"
        report.add(f"{what}, alone", 1000 * (between - before) / alone, "ms", per_bare)
        report.add(f"{what}, with others", 1000 * (cpu() - between) / many, "ms", per_bare)
        await http.close()
        await bare.close()
        await _all_there(installation, report, alone + many)


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

    def many(self, count: int) -> bytes:
        """So many of all types, as one request."""
        bodies: dict[str, list[object]] = {kind: [] for kind in SHARES}
        for kind in self._choice.choices(list(SHARES), weights=list(SHARES.values()), k=count):
            bodies[kind].append(getattr(self, f"_{kind}_body")())
        return json.dumps(bodies).encode()

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


async def _one_by_one(report: Report, made: Made, http: Http, bare: Http, seconds: float) -> tuple[int, int, float]:
    """How many addresses each took in all, the product and the bare pipe, and what the bare pipe can take."""

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
    report.add(f"addresses entered, {CALLERS} callers", best.rate, "/s", best_bare.rate)
    report.add(f"contacts of one company entered, {CALLERS} callers", crowd.rate, "/s", best_bare.rate)
    told = (" and ".join(f"{each.rate:,.0f}" for each in taken) for taken in rounds)
    report.note(f"p50 {best.percentile(50):.0f} ms; rounds (mix, one company, bare) {', '.join(told)}")
    ours = [warm[0], *(samples for taken in rounds for samples in taken[:2])]
    theirs = [warm[1], *(taken[2] for taken in rounds)]
    taken = [sum(len(each.latencies) for each in samples) for samples in (ours, theirs)]
    return taken[0], taken[1], best_bare.rate


async def _many(report: Report, made: Made, http: Http, seconds: float, bare_rate: float) -> int:
    """How many addresses requests for many took in all."""

    async def many(number: int) -> None:
        answer = await http.post("/v1/addresses/bulk", made.many(OF_MANY))
        if answer.body.count(b'"status":201') != OF_MANY:
            raise RefusedError(f"some were refused: {answer.body[:500]!r}")

    rounds = [await _closed(many, seconds, REQUESTS) for _ in range(_ROUNDS)]
    rates = [OF_MANY * taken.rate for taken in rounds]
    report.add(f"addresses entered, {REQUESTS} requests of {OF_MANY}", max(rates), "/s", bare_rate, Goal(GOAL))
    report.note(f"rounds {', '.join(f'{rate:,.0f}' for rate in rates)}")
    return OF_MANY * sum(len(taken.latencies) for taken in rounds)


async def _closed(call: Call, seconds: float, callers: int = CALLERS) -> Samples:
    samples = await closed_loop(callers, seconds, call)
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

"""References to other services (design section 2): own view, one call to the owner, unverified if unreachable."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from dossier import references
from dossier.contracts.addresses import AddressDeleted, CompanyRegistered
from dossier.contracts.rules import RuleViolation, Unseen
from dossier.http.app import create_app
from dossier.ids import new_id, stream_id
from dossier.mongo import Database, Document
from dossier.references import UNVERIFIED, ReferenceChecker, owners, references_router
from dossier.runtime import Service
from dossier.settings import ServiceSettings
from dossier.store import CommitStore, NewCommit
from dossier.testing.store_behaviour import company, metadata
from dossier.testing.tokens import TokenMaker

MAKER = TokenMaker()
OWNER = "http://addresses.test"


class Settings(ServiceSettings):
    service: str = "addresses"
    port: int = 0
    addresses_url: str = OWNER


class Owner(httpx.AsyncBaseTransport):
    """The way to the owner's real application, which can be cut."""

    def __init__(self, inner: httpx.ASGITransport) -> None:
        self.inner = inner
        self.asked: list[str] = []
        self.broken: httpx.Response | None = None
        self.cut = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.cut:
            raise httpx.ConnectError("cut")
        return self.broken or await self.inner.handle_async_request(request)


@pytest.fixture
def settings(mongo_url: str, database_name: str) -> Settings:
    return Settings(
        environment="test",
        mongo_url=mongo_url,
        mongo_database=f"{database_name}_owner",
        issuer_url=MAKER.issuer,
        audience="dossier",
    )


@pytest.fixture
async def owner(settings: Settings) -> AsyncIterator[tuple[CommitStore, Owner]]:
    service = Service(settings, keys=MAKER.keys)
    store = CommitStore(service.mongo, service.database, "addresses")
    service.manage(store.start, store.stop)
    app = create_app(service, [references_router(store, {AddressDeleted})], title="Addresses")
    async with service:
        yield store, Owner(httpx.ASGITransport(app))


@pytest.fixture
def view() -> set[str]:
    """What the referring service's own view knows."""
    return set()


@pytest.fixture
async def checker(
    database: Database, settings: Settings, owner: tuple[CommitStore, Owner], view: set[str]
) -> AsyncIterator[ReferenceChecker]:
    async def known(stream: str) -> bool:
        return stream in view

    headers = MAKER.service_headers("engagements")
    async with httpx.AsyncClient(transport=owner[1], headers=headers) as http:
        yield ReferenceChecker(database, known, owners(settings), http)


async def registered(store: CommitStore, *more: AddressDeleted) -> str:
    stream = company()
    head = await store.head(stream)
    await store.append(NewCommit(stream, head, [CompanyRegistered(name="x"), *more], metadata()))
    return stream


async def noted(database: Database) -> list[Document]:
    return await database[UNVERIFIED].find({}).to_list(None)


HOLDER = stream_id("project", new_id())


async def test_what_the_own_view_knows_needs_no_call(
    checker: ReferenceChecker, owner: tuple[CommitStore, Owner], view: set[str]
) -> None:
    stream = company()
    view.add(stream)
    assert await checker.check(HOLDER, {"customer": stream}) == frozenset()
    assert owner[1].asked == []


async def test_what_only_the_owner_knows_is_accepted(
    checker: ReferenceChecker, owner: tuple[CommitStore, Owner], database: Database
) -> None:
    stream = await registered(owner[0])
    assert await checker.check(HOLDER, {"customer": stream}) == frozenset()
    assert owner[1].asked == [f"/v1/references/{stream}"]
    assert await noted(database) == []


async def test_ref_01_a_deleted_address_stays_resolvable_and_is_not_referred_to_anew(
    checker: ReferenceChecker, owner: tuple[CommitStore, Owner], database: Database
) -> None:
    stream = await registered(owner[0], AddressDeleted())
    with pytest.raises(RuleViolation) as refusal:
        await checker.check(HOLDER, {"customer": stream})
    assert (refusal.value.rule, refusal.value.field) == ("REF-01", "customer")
    assert await checker.check(HOLDER, {"customer": stream}, deleted_too=True) == frozenset()
    assert await checker.take(HOLDER, [stream]) == frozenset()
    assert await noted(database) == []
    answer = await checker._http.get(f"{OWNER}/v1/references/{stream}")
    assert answer.json() == {"stream": stream, "exists": True, "deleted": True}


async def test_ref_01_what_its_caller_may_not_see_is_refused_like_what_is_not_there_after_as_much_work(
    checker: ReferenceChecker, owner: tuple[CommitStore, Owner], view: set[str], database: Database
) -> None:
    """Whether this service knows of it or not, and whatever else is asked for beside it."""
    known, unknown = await registered(owner[0]), await registered(owner[0])
    view.add(known)
    told: list[tuple[str, str | None, int]] = []
    for hidden in (known, unknown, company()):
        owner[1].asked.clear()
        with pytest.raises(RuleViolation) as refusal:
            await checker.check(HOLDER, {"customer": hidden, "partner": company()}, unseen={known, unknown})
        told.append((str(refusal.value), refusal.value.field, len(owner[1].asked)))
        assert isinstance(refusal.value, Unseen) == (hidden in (known, unknown))
        assert not {f"/v1/references/{known}", f"/v1/references/{unknown}"}.intersection(owner[1].asked)
    assert told == [("REF-01: there is no such company", "customer", 2)] * 3
    assert await noted(database) == []


async def test_ref_01_what_its_caller_may_not_see_is_like_what_is_not_there_while_its_owner_is_away(
    checker: ReferenceChecker, owner: tuple[CommitStore, Owner], view: set[str], database: Database
) -> None:
    hidden, unknown, shown = company(), company(), company()
    view.update((hidden, shown))
    owner[1].cut = True
    told: list[tuple[str, str | None, int]] = []
    for asked in (hidden, unknown):
        owner[1].asked.clear()
        with pytest.raises(RuleViolation) as refusal:
            await checker.check(HOLDER, {"customer": asked}, unseen={hidden}, hideable={hidden, unknown, shown})
        told.append((str(refusal.value), refusal.value.field, len(owner[1].asked)))
    assert told == [(told[0][0], "customer", 1)] * 2
    assert await checker.check(HOLDER, {"customer": shown}, hideable={shown}) == frozenset()
    assert await noted(database) == []


async def test_ref_01_what_nobody_knows_is_refused_naming_the_field(
    checker: ReferenceChecker, owner: tuple[CommitStore, Owner], database: Database
) -> None:
    known = await registered(owner[0])
    with pytest.raises(RuleViolation) as refusal:
        await checker.check(HOLDER, {"customer": known, "partner": company()})
    assert (refusal.value.rule, refusal.value.field) == ("REF-01", "partner")
    assert await noted(database) == []


@pytest.mark.parametrize(
    "broken",
    [
        None,
        httpx.Response(503),
        httpx.Response(401),
        httpx.Response(404, text="not ours"),
        httpx.Response(200, text="?"),
    ],
    ids=["cut", "503", "401", "404 of a proxy", "200 of a proxy"],
)
async def test_an_owner_that_gives_no_answer_is_asked_later(
    checker: ReferenceChecker, owner: tuple[CommitStore, Owner], database: Database, broken: httpx.Response | None
) -> None:
    store, transport = owner
    there, nowhere = await registered(store), company()
    transport.cut, transport.broken = broken is None, broken
    assert await checker.check(HOLDER, {"customer": there, "partner": nowhere}) == {there, nowhere}
    assert sorted(note["state"] for note in await noted(database)) == ["unverified"] * 2
    await checker.verify()
    assert len(await noted(database)) == 2, "still no answer"
    transport.cut, transport.broken = False, None
    await checker.verify()
    assert [(note["stream"], note["holder"], note["state"]) for note in await noted(database)] == [
        (nowhere, HOLDER, "missing")
    ]


async def test_the_loop_verifies_until_it_is_stopped(
    checker: ReferenceChecker,
    owner: tuple[CommitStore, Owner],
    database: Database,
    view: set[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(references, "VERIFY_EVERY_SECONDS", 0.02)
    stream, stop = company(), asyncio.Event()
    owner[1].cut = True
    await checker.check(HOLDER, {"customer": stream})
    running = asyncio.create_task(checker.run(stop))
    view.add(stream)  # meanwhile the owner's events arrived
    async with asyncio.timeout(5):
        while await noted(database):  # noqa: ASYNC110  (the loop tells nobody)
            await asyncio.sleep(0.01)
    stop.set()
    await running


async def test_users_cannot_ask_the_owner(owner: tuple[CommitStore, Owner]) -> None:
    stream = await registered(owner[0])
    async with httpx.AsyncClient(transport=owner[1], headers=MAKER.headers("anna")) as http:
        assert (await http.get(f"{OWNER}/v1/references/{stream}")).status_code == 403


async def test_a_reference_of_no_known_type_is_a_mistake_of_the_caller(checker: ReferenceChecker) -> None:
    for stream in (stream_id("planet", new_id()), "company-1"):
        with pytest.raises(ValueError, match="no known type"):
            await checker.check(HOLDER, {"customer": stream})

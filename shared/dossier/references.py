"""References to other services' aggregates: checked when they are made, without making one service need another.

A reference is looked up in the service's own view of the owner's events. If it is not known there, the owner is asked
by one HTTP call: not known there either is refused (REF-01). If the owner cannot be reached the reference is accepted,
noted as unverified, and verified later; what some callers may not see is refused until then, as nobody may find out by
a reference what there is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Literal

import httpx
from pydantic import BaseModel, ValidationError

from dossier.auth.guard import require
from dossier.clock import Clock, rfc3339, system_clock
from dossier.contracts import Event
from dossier.contracts.rules import NotFound, RuleViolation, Unseen
from dossier.http.problems import MEDIA_TYPE
from dossier.http.routing import Router
from dossier.ids import NOBODY, split_stream, stream_id
from dossier.mongo import Database, UpdateOne
from dossier.settings import ServiceSettings
from dossier.store import CommitStore
from dossier.telemetry import logs

UNVERIFIED = "unverified_references"
ASK_SECONDS = 2.0
"""How long a command waits for an owner before its reference is accepted unverified."""
VERIFY_EVERY_SECONDS = 30.0

Verdict = Literal["exists", "deleted", "missing", "unreachable"]
log = logs.logger()


class ReferenceAnswer(BaseModel):
    """What an owner says of one of its streams. A deleted address exists for ever."""

    stream: str
    exists: bool
    deleted: bool


def references_router(store: CommitStore, deleted_by: Collection[type[Event]] = ()) -> Router:
    """The owner's side: `GET /v1/references/{stream}`; unknown is 404. `deleted_by` are the events that delete."""
    router = Router(tags=["references"])
    deleting = frozenset(event.event_type for event in deleted_by)

    @router.get("/v1/references/{stream}", dependencies=[require("feed")])
    async def reference(stream: str) -> ReferenceAnswer:
        """Whether the stream exists, for services that were given a reference to it."""
        events = (await store.history(stream)).events if _is_stream(stream) else []
        if not events:
            raise NotFound(stream)
        deleted = any(event.type in deleting for event in events)
        return ReferenceAnswer(stream=stream, exists=True, deleted=deleted)

    return router


def owners(settings: ServiceSettings) -> dict[str, str]:
    """The base URL of the service that owns each type of stream."""
    addresses = dict.fromkeys(("company", "person", "contact", "couple"), settings.addresses_url)
    engagements = dict.fromkeys(("opportunity", "project", "phase", "invoice"), settings.engagements_url)
    directory = dict.fromkeys(("user", "group"), settings.directory_url)
    return addresses | engagements | directory | {"activity": settings.activities_url}


class ReferenceChecker:
    """The referring service's side. `known` tells whether the service's own view has a stream that is not deleted.

    `urls` says who owns a type (see `owners`); `http` is a client that speaks for the service.
    """

    def __init__(
        self,
        database: Database,
        known: Callable[[str], Awaitable[bool]],
        urls: Mapping[str, str],
        http: httpx.AsyncClient,
        clock: Clock = system_clock,
    ) -> None:
        self._noted = database[UNVERIFIED]
        self._known = known
        self._urls = urls
        self._http = http
        self._clock = clock

    async def check(
        self,
        holder: str,
        references: Mapping[str, str],
        *,
        deleted_too: bool = False,
        unseen: Collection[str] = (),
        hideable: Collection[str] = (),
    ) -> frozenset[str]:
        """Check what a command of stream `holder` refers to, as field of the request → stream.

        Returns the streams that could not be verified now. Raises RuleViolation REF-01 that names the field, for what
        is not there and (unless `deleted_too`, for what was decided before) for what was deleted. Of these streams its
        caller may not see the `unseen` ones: the refusal says the same, and takes as long, as for what is not there.
        Of the `hideable` ones, which the caller may see or not, one that cannot be verified now is refused, too.
        """
        verdicts = await asyncio.gather(*(self._verdict(each, unseen=each in unseen) for each in references.values()))
        for (field, stream), verdict in zip(references.items(), verdicts, strict=True):
            kind = split_stream(stream)[0]
            away = verdict == "unreachable"
            told = (
                f"nobody can say now whether there is such a {kind}; try later" if away else f"there is no such {kind}"
            )
            if stream in unseen:
                raise Unseen("REF-01", told, field)
            if verdict == "missing" or (away and stream in hideable):
                raise RuleViolation("REF-01", told, field)
            if verdict == "deleted" and not deleted_too:
                raise RuleViolation("REF-01", f"this {kind} was deleted", field)
        unverified = frozenset(
            stream for stream, verdict in zip(references.values(), verdicts, strict=True) if verdict == "unreachable"
        )
        await self._note(holder, unverified)
        return unverified

    async def take(self, holder: str, streams: Collection[str]) -> frozenset[str]:
        """Take references as they come, for what another system records here: nothing is refused.

        Returns the streams that are not known to exist; they are noted and verified later like all others.
        """
        wanted = sorted(set(streams))
        verdicts = await asyncio.gather(*map(self._verdict, wanted))
        unverified = frozenset(
            s for s, verdict in zip(wanted, verdicts, strict=True) if verdict in ("missing", "unreachable")
        )
        await self._note(holder, unverified)
        return unverified

    async def run(self, stop: asyncio.Event) -> None:
        """Verify what was accepted unverified, until `stop`."""
        while not stop.is_set():
            await self.verify()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), VERIFY_EVERY_SECONDS)

    async def verify(self) -> None:
        """Ask once for everything unverified. What does not exist stays noted as `missing`, for people to correct."""
        streams: list[str] = await self._noted.distinct("stream", {"state": "unverified"})
        for stream in streams:
            verdict = await self._verdict(stream)
            if verdict in ("exists", "deleted"):
                await self._noted.delete_many({"stream": stream, "state": "unverified"})
            elif verdict == "missing":
                log.warning("reference.missing", stream=stream)
                await self._noted.update_many({"stream": stream, "state": "unverified"}, {"$set": {"state": "missing"}})

    async def _verdict(self, stream: str, *, unseen: bool = False) -> Verdict:
        kind = split_stream(stream)[0] if _is_stream(stream) else ""
        if (url := self._urls.get(kind)) is None:
            raise ValueError("a reference of no known type")
        known = await self._known(stream)
        if unseen:
            return await self._ask(url, stream_id(kind, NOBODY))  # in vain: the time of an answer tells nothing
        return "exists" if known else await self._ask(url, stream)

    async def _ask(self, url: str, stream: str) -> Verdict:
        try:
            answer = await self._http.get(f"{url}/v1/references/{stream}", timeout=ASK_SECONDS)
            if answer.status_code == 404 and answer.headers.get("content-type") == MEDIA_TYPE:
                return "missing"  # said by a service of ours, not by something in between
            if answer.status_code == 200:
                found = ReferenceAnswer.model_validate_json(answer.content)
                if found.stream == stream:
                    return "deleted" if found.deleted else "exists"
        except (httpx.HTTPError, ValidationError):
            pass
        return "unreachable"

    async def _note(self, holder: str, streams: frozenset[str]) -> None:
        if not streams:
            return
        since = rfc3339(self._clock())
        notes = (
            UpdateOne(
                {"_id": f"{holder}>{stream}"},
                {
                    "$set": {"holder": holder, "stream": stream, "state": "unverified"},
                    "$setOnInsert": {"since": since},
                },
                upsert=True,
            )
            for stream in sorted(streams)
        )
        await self._noted.bulk_write(list(notes), ordered=False)


def _is_stream(text: str) -> bool:
    try:
        split_stream(text)
    except ValueError:
        return False
    return True

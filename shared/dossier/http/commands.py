"""What a command brings along in its headers, and what its answer takes back.

    @router.post("/companies", status_code=201, dependencies=[require("create")])
    async def create(body: CreateCompany, command: Command) -> Answer:
        committed = await execute(store, COMPANY, stream, decide, command.metadata(), create=True)
        return command.answer(committed, location=f"/companies/{body.id}")

Headers understood: `Idempotency-Key`, `If-Match`, `Correlation-Id`, `Causation-Id`, `traceparent`, `Dossier-After`;
also `Dossier-Batch` (a UUID) for a bulk change, and from services `Dossier-Channel` (import, mail, rule, api).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request, Response

from dossier.auth.guard import authenticated
from dossier.auth.principals import Principal
from dossier.http.after import after_token
from dossier.http.description import reads
from dossier.http.models import Answer
from dossier.http.problems import Problem
from dossier.http.routes import template
from dossier.ids import is_id, new_id, split_stream
from dossier.projections import tokens
from dossier.store.model import Channel, Committed, IdempotencyKey, Metadata
from dossier.telemetry import context, tracing

_KEY = re.compile(r'"([!#-\[\]-~]{1,200})"|([!#-~]{1,200})')
_VERSION = re.compile(r'"(\d{1,10})"')
_COMMAND = "dossier.command"
_SERVICE_CHANNELS: tuple[Channel, ...] = ("import", "mail", "rule", "api")


class CommandContext:
    """The circumstances of one command: who, how, under which key, against which version."""

    def __init__(self, principal: Principal, request: Request, response: Response, body: bytes) -> None:
        self.principal = principal
        self.expected_commit = _expected_commit(request)
        self._channel: Channel = _channel(principal, request)
        self._batch = _batch(request)
        self._key = _idempotency_key(principal, request, body)
        self._command_id = new_id()
        self._response = response
        self._token_key: bytes = request.app.state.service.token_key
        self._after = after_token(self._token_key, request)

    def sealed(self, request: Request, digest: bytes) -> None:
        """Complete the context of a `StreamedCommand`, now that its body was read: `digest` stands for it."""
        self._key = _idempotency_key(self.principal, request, digest)
        request.scope[_COMMAND] = self

    @property
    def key(self) -> IdempotencyKey | None:
        """The key of the request, if it has one."""
        return self._key

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that the answer sets."""
        return self._response.headers

    @property
    def batch_id(self) -> str:
        """The batch that the command belongs to; of a request with several commands always one."""
        return self._batch or self._command_id

    def part(self, place: str, batch_id: str) -> CommandContext:
        """The context of one of several commands of the request; its answer sets no header.

        With the request's key and its place each has a key of its own.
        """
        part = copy(self)
        part._command_id, part._batch, part._response = new_id(), batch_id, Response()
        part.expected_commit = None
        if self._key is not None:
            part._key = replace(self._key, key=f"{self._key.key}#{place}")
        return part

    def metadata(self, *, occurred_at: datetime | None = None, batch_id: str = "") -> Metadata:
        """The metadata of this command's commit; `occurred_at` (aware) if it happened at another time than now."""
        here = context.current()
        return Metadata(
            actor=self.principal.actor,
            channel=self._channel,
            correlation_id=here.correlation_id,
            causation_id=here.causation_id,
            command_id=self._command_id,
            occurred_at=occurred_at,
            batch_id=batch_id or self._batch,
            traceparent=tracing.traceparent(),
            key=self._key,
        )

    def answer(
        self, committed: Committed, *others: Committed, location: str | None = None, part: str | None = None
    ) -> Answer:
        """The answer to the command, about the first stream; the `Dossier-After` token covers all of them.

        Sets `ETag`, `Dossier-After` (with what the request's own token held) and, if given, `Location`.
        """
        versions = {each.stream: each.last for each in (committed, *others)}
        headers = self._response.headers
        headers["ETag"] = etag(committed.commit)
        headers["Dossier-After"] = tokens.issue(self._token_key, versions, self._after)
        if location is not None:
            headers["Location"] = location
        return Answer(
            id=split_stream(committed.stream)[1],
            stream=committed.stream,
            commit=committed.commit,
            version=committed.last,
            replayed=committed.replayed,
            part=part,
        )


@reads("Idempotency-Key", "If-Match", "Dossier-After", "Dossier-Batch", "Correlation-Id")
async def command(request: Request, response: Response) -> CommandContext:
    """Dependency: the context of the command. Raises Problem if a header is malformed."""
    made = CommandContext(await authenticated(request), request, response, await request.body())
    request.scope[_COMMAND] = made
    return made


@reads("Idempotency-Key", "If-Match", "Dossier-After", "Dossier-Batch", "Correlation-Id")
async def streamed_command(request: Request, response: Response) -> CommandContext:
    """Dependency of a route that reads its body as a stream, and then calls `sealed` before it commits."""
    return CommandContext(await authenticated(request), request, response, b"")


def command_of(request: Request) -> CommandContext | None:
    """The context of the command, if the request got as far as that: for what is answered to a refused one."""
    return request.scope.get(_COMMAND)


Command = Annotated[CommandContext, Depends(command)]
StreamedCommand = Annotated[CommandContext, Depends(streamed_command)]


def etag(commit: int) -> str:
    """The entity tag of a stream at a commit, for answers of commands and of reads that fold the stream."""
    return f'"{commit}"'


def answer(command: CommandContext, committed: Committed, *others: Committed, location: str | None = None) -> Answer:
    """`command.answer(…)` as a function."""
    return command.answer(committed, *others, location=location)


def _idempotency_key(principal: Principal, request: Request, body: bytes) -> IdempotencyKey | None:
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    match = _KEY.fullmatch(given.strip())
    if match is None:
        raise _malformed("Idempotency-Key", "key-form", "A key has 1 to 200 visible ASCII characters.")
    # The path tells apart what the body does not: the same rename for two companies is two commands.
    request_digest = hashlib.sha256(request.url.path.encode() + b"\n" + request.url.query.encode() + b"\n" + body)
    scope = f"{principal.actor}|{request.method} {template(request.scope)}"
    return IdempotencyKey(scope, match[1] or match[2], request_digest.hexdigest())


def _expected_commit(request: Request) -> int | None:
    given = request.headers.get("if-match")
    if given is None:
        return None
    match = _VERSION.fullmatch(given.strip())
    if match is None:
        raise _malformed("If-Match", "version-form", 'The version is the ETag of an earlier answer, such as "3".')
    return int(match[1])


def _channel(principal: Principal, request: Request) -> Channel:
    if principal.service is None:
        return "user"
    given = request.headers.get("dossier-channel", "api")
    for channel in _SERVICE_CHANNELS:
        if given == channel:
            return channel
    raise _malformed("Dossier-Channel", "one-of", f"A channel is one of {', '.join(_SERVICE_CHANNELS)}.")


def _batch(request: Request) -> str:
    given = request.headers.get("dossier-batch", "")
    if given and not is_id(given):
        raise _malformed("Dossier-Batch", "id-form", "A batch is named by a UUID in lower case.")
    return given


def _malformed(header: str, rule: str, detail: str) -> Problem:
    return Problem(400, "header", "Malformed header", detail, rule=rule, field=header)

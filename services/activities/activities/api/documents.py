"""The documents of an activity: up, down, versions, who works on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request, Response

from activities.api.correction_models import Why
from activities.api.desk import Informed
from activities.api.document_models import DocumentAnswer, DocumentHead, DocumentView, RenameDocument
from activities.api.document_views import answer_of, heads, track_of, view_of
from activities.api.incoming import FORM, incoming
from activities.api.naming import name_warnings, names_in
from activities.api.outgoing import outgoing
from activities.documents import Decide, Documents
from activities.domain import attaching
from activities.domain.corrections import standing
from activities.domain.documents import Document, Version, gone
from activities.domain.documents import shown as present
from activities.domain.state import Activity
from activities.handling import Activities, Order
from activities.handling import Decide as DecideAlone
from dossier.auth.guard import require
from dossier.contracts.attachments import DocumentAttached, DocumentEvent, DocumentVersionAdded, StoredFile
from dossier.contracts.base import Event, Id
from dossier.contracts.rules import NotFound
from dossier.file_names import require_safe
from dossier.http.commands import Command, CommandContext, StreamedCommand
from dossier.http.models import NewId
from dossier.http.problems import not_found, responses
from dossier.http.routes import adds, body_limit
from dossier.http.routing import Router
from dossier.ids import new_id
from dossier.store import Committed

router = Router(prefix="/v1/activities/{id}/documents", tags=["documents"], responses=responses(409))
_READ, _WRITE = [require("read")], [require("write")]
_NO_REASON = Why()
_BYTES: Any = {"schema": {"type": "string", "format": "binary"}}
_FILE = {
    "requestBody": {
        "required": True,
        "description": "The bytes with their name in `Content-Disposition`, or a form with one file and nothing else.",
        "content": {
            "application/octet-stream": _BYTES,
            FORM: {"schema": {"type": "object", "properties": {"file": _BYTES["schema"]}, "required": ["file"]}},
        },
    }
}
_CONTENT: Any = {
    200: {"description": "The bytes", "content": {"application/octet-stream": _BYTES}},
    206: {"description": "The range that was asked for", "content": {"application/octet-stream": _BYTES}},
    304: {"description": "The caller has these bytes"},
    **responses(416),
}


class _Desk:
    """Takes the commands of one request on documents."""

    def __init__(self, request: Request, command: CommandContext) -> None:
        self.principal = command.principal
        self._request = request
        self._command = command
        self.activities: Activities = request.app.state.activities
        self._documents: Documents = request.app.state.documents

    async def see(self, identifier: str) -> Activity:
        """The activity, before anything is taken in for it. Raises NotFound."""
        return (await self.activities.read(identifier, self.principal)).state

    async def receive(self, identifier: str, document: str, decide: Decide, name: str = "") -> DocumentAnswer:
        """Take in the file that the request brings."""
        file = await incoming(self._request, name)
        committed = await self._documents.receive(identifier, file, self._ordered, decide)
        return await self._answer(identifier, document, committed)

    async def change(self, identifier: str, document: str, decide: DecideAlone) -> DocumentAnswer:
        """Change a document of an activity that the caller may see."""
        committed = await self.activities.change(identifier, self._order(), decide)
        return await self._answer(identifier, document, committed)

    def _ordered(self, file: StoredFile) -> Order:
        self._command.sealed(self._request, f"{file.name}\n{file.sha256}".encode())
        return self._order()

    def _order(self) -> Order:
        return Order(self.principal, self._command.metadata(), self._command.expected_commit)

    async def _answer(self, identifier: str, document: str, committed: Committed) -> DocumentAnswer:
        """The answer as of the commit: a repeated request is told of the same document, and warned of the same."""
        done = [event for each in committed.events if isinstance(event := each.event(), DocumentEvent)]
        document = done[0].document if done else document
        added = any(isinstance(event, DocumentAttached | DocumentVersionAdded) for event in done)
        track = track_of(document, await self._documents.events(identifier, committed.last))
        location = f"/v1/activities/{identifier}/documents/{document}" if added else None
        answer = answer_of(self._command.answer(committed, location=location), track, self.principal.actor, done)
        await name_warnings(answer.warnings, self.activities)
        return answer


async def _desk(request: Request, command: Command, _informed: Informed) -> _Desk:
    return _Desk(request, command)


async def _intake(request: Request, command: StreamedCommand, _informed: Informed) -> _Desk:
    return _Desk(request, command)


_AtDesk = Annotated[_Desk, Depends(_desk)]
_AtIntake = Annotated[_Desk, Depends(_intake)]


def _largest(app: FastAPI) -> int:
    return app.state.documents.most_bytes


@router.post("", status_code=201, dependencies=_WRITE, openapi_extra=_FILE)
@adds("document")
@body_limit(_largest)
async def attach(id: Id, desk: _AtIntake, document: NewId | None = None) -> DocumentAnswer:
    """Put a document on the activity. With an own id as `document` the request can be repeated without harm."""
    standing(await desk.see(id))
    identifier = document or new_id()
    return await desk.receive(id, identifier, lambda state, file: attaching.attach(state, identifier, file))


@router.get("", dependencies=_READ)
async def all_of(id: Id, desk: _AtDesk, removed: bool = False) -> list[DocumentHead]:
    """The documents of the activity, each with its newest version; or those that were `removed` and can be restored."""
    documents = (await desk.see(id)).documents
    return list(heads(gone(documents) if removed else present(documents)))


@router.get("/{document}", dependencies=_READ)
async def read(id: Id, document: Id, desk: _AtDesk, request: Request) -> DocumentView:
    """The document with all its versions, and who works on it."""
    found = attaching.found(await desk.see(id), document)
    documents: Documents = request.app.state.documents
    contents = await documents.contents.outcomes([version.file.stored_object for version in found.versions])
    view = view_of(track_of(document, await documents.events(id)), contents)
    view.names = await names_in(view, desk.activities)
    return view


@router.get("/{document}/content", dependencies=_READ, response_class=Response, responses=_CONTENT)
async def download(
    id: Id,
    document: Id,
    desk: _AtDesk,
    request: Request,
    response: Response,
    version: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """The bytes of the newest version, or of the one with this number; one `Range` of them, if that is asked for."""
    found = attaching.found(await desk.see(id), document)
    wanted = found.newest if version is None else _version_of(found, version)
    name = found.name if wanted is found.newest else wanted.file.name
    documents: Documents = request.app.state.documents
    sent = await outgoing(request, wanted, name, documents.files)
    sent.headers.update(response.headers)
    return sent


def _version_of(document: Document, number: int) -> Version:
    """The version with this number. Raises Problem 404, which names the parameter: the document is to be seen."""
    try:
        return attaching.version_of(document, number)
    except NotFound:
        raise not_found("version", f"The document has the versions 1 to {document.newest.number}.") from None


@router.post("/{document}/versions", status_code=201, dependencies=_WRITE, openapi_extra=_FILE)
@body_limit(_largest)
async def add_version(
    id: Id, document: Id, desk: _AtIntake, based_on: Annotated[int, Query(ge=1)], check_in: bool = False
) -> DocumentAnswer:
    """Add a version, made from version `based_on`; with `check_in` the caller is done with the document.

    If others came in between, all are kept, and the answer warns. Without a file name the document keeps its own.
    """
    found = attaching.found(standing(await desk.see(id)), document)
    user = desk.principal.user if check_in else None

    def decide(state: Activity, file: StoredFile) -> Sequence[Event]:
        return attaching.add_version(state, document, file, based_on=based_on, check_in=user)

    return await desk.receive(id, document, decide, found.name)


@router.put("/{document}/name", dependencies=_WRITE)
async def rename(id: Id, document: Id, body: RenameDocument, desk: _AtDesk) -> DocumentAnswer:
    """Give it another name. A warning says if its ending speaks of another type than the document has (ACT-DOC)."""
    require_safe(body.name)
    return await desk.change(id, document, lambda state: attaching.rename(state, document, body.name))


@router.post("/{document}/remove", dependencies=_WRITE)
async def remove(id: Id, document: Id, desk: _AtDesk, body: Why = _NO_REASON) -> DocumentAnswer:
    """Take it off the activity; until it is restored its versions are reached by nobody."""
    return await desk.change(id, document, lambda state: attaching.remove(state, document, body.reason))


@router.post("/{document}/restore", dependencies=_WRITE)
async def restore(id: Id, document: Id, desk: _AtDesk, body: Why = _NO_REASON) -> DocumentAnswer:
    """Put it on the activity again after it was removed, with all its versions."""
    return await desk.change(id, document, lambda state: attaching.restore(state, document, body.reason))


@router.post("/{document}/check-out", dependencies=_WRITE)
async def check_out(id: Id, document: Id, desk: _AtDesk) -> DocumentAnswer:
    """Say that one works on it. Whoever else does is named in a warning, and nobody is kept out."""
    return await desk.change(id, document, lambda state: attaching.check_out(state, document, desk.principal.user))


@router.post("/{document}/check-in", dependencies=_WRITE)
async def check_in(id: Id, document: Id, desk: _AtDesk) -> DocumentAnswer:
    """Say that one no longer works on it."""
    return await desk.change(id, document, lambda state: attaching.check_in(state, document, desk.principal.user))

"""What is shown of documents: who did what and when stands in the envelopes of the events, not in the state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from activities.api.document_models import (
    CheckOut,
    ContentsView,
    DocumentAnswer,
    DocumentHead,
    DocumentView,
    VersionView,
    Warning,
)
from activities.domain.documents import Document, Documents, Version, with_event
from activities.media_types import lies
from dossier.contracts import RecordedEvent
from dossier.contracts.attachments import (
    DocumentAttached,
    DocumentCheckedOut,
    DocumentEvent,
    DocumentRenamed,
    DocumentVersionAdded,
)
from dossier.contracts.rules import NotFound
from dossier.http.models import Answer
from dossier.mongo import Document as Record


@dataclass(frozen=True)
class Track:
    """A document, who added which version of it and when, and since when who has it checked out."""

    document: Document
    added: Mapping[int, tuple[str, str]]
    checked_out: Mapping[str, str]


def track_of(identifier: str, events: Iterable[RecordedEvent]) -> Track:
    """The track of a document in the events of its activity, be it removed or not. Raises NotFound."""
    documents: Documents = ()
    added: dict[int, tuple[str, str]] = {}
    since: dict[str, str] = {}
    for recorded in events:
        event = recorded.event()
        if not isinstance(event, DocumentEvent) or event.document != identifier:
            continue
        documents = with_event(documents, event)
        match event:
            case DocumentAttached() | DocumentVersionAdded():
                added[documents[0].newest.number] = recorded.actor, recorded.recordedtime
            case DocumentCheckedOut(user=user):
                since[user] = recorded.recordedtime
            case _:
                pass
    if not documents:
        raise NotFound("document")
    return Track(documents[0], added, {f"user:{user}": since[user] for user in documents[0].checked_out_by})


def heads(documents: Documents) -> tuple[DocumentHead, ...]:
    """These documents as their activity shows them."""
    return tuple(
        DocumentHead(
            id=each.id,
            name=each.name,
            media_type=each.newest.file.media_type,
            size=each.newest.file.size,
            version=each.newest.number,
            checked_out_by=each.checked_out_by,
        )
        for each in documents
    )


def view_of(track: Track, contents: Mapping[str, Record]) -> DocumentView:
    """The document with all its versions, and what became of reading them, by stored file."""
    return DocumentView(
        id=track.document.id,
        name=track.document.name,
        checked_out=[CheckOut(by=by, since=since) for by, since in track.checked_out.items()],
        versions=[
            _version(each, *track.added[each.number], contents.get(each.file.stored_object))
            for each in reversed(track.document.versions)
        ],
    )


def answer_of(answer: Answer, track: Track, actor: str, done: Sequence[DocumentEvent]) -> DocumentAnswer:
    """The answer with what is to be looked at in what the command has done."""
    newest = track.document.newest
    added = any(isinstance(event, DocumentAttached | DocumentVersionAdded) for event in done)
    named = added or any(isinstance(event, DocumentRenamed) for event in done)
    of_version, of_name = _of_version(newest, track) if added else (), _of_name(track.document) if named else ()
    warnings = (*_others(track, actor), *of_version, *of_name)
    return DocumentAnswer(**answer.model_dump(), document=track.document.id, number=newest.number, warnings=warnings)


def _others(track: Track, actor: str) -> Iterator[Warning]:
    for by, since in track.checked_out.items():
        if by != actor:
            yield Warning(rule="ACT-16", detail="somebody else works on the document", by=by, since=since)


def _of_version(added: Version, track: Track) -> Iterator[Warning]:
    for number in range(added.based_on + 1, added.number) if added.based_on else ():
        by, since = track.added[number]
        detail = "the new version is not based on this one; both are kept"
        yield Warning(rule="ACT-16", detail=detail, by=by, since=since, version=number)


def _of_name(document: Document) -> Iterator[Warning]:
    media_type = document.newest.file.media_type
    if lies(media_type, document.name):
        yield Warning(rule="ACT-DOC", detail=f"the name says another type than {media_type}")


def _version(version: Version, by: str, at: str, contents: Record | None) -> VersionView:
    file = version.file
    return VersionView(
        number=version.number,
        based_on=version.based_on or None,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        by=by,
        at=at,
        contents=None if contents is None else _contents(contents),
    )


def _contents(record: Record) -> ContentsView:
    """What is told of reading a version: nothing before all can know it."""
    if "open" in record:
        return ContentsView(outcome="waiting")
    return ContentsView(outcome=record["outcome"], reason=record["reason"], is_cut=record["is_cut"])

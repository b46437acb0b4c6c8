"""The words of activities: titles, texts, who wrote mails to whom, and what is in documents (SRC-01).

A read model of its own, beside the entries: it has some fifty keys of an index for each activity, which a rebuild of
the histories should not have to wait for. It knows nothing of rights and pages; what is found is looked up among the
entries before it is shown, sorted or counted.

What documents say is no part of events: it is fetched (`contents.py`) and added to the activity's document. Which
contents those are, events alone say: with a new version of a document, or without the document, the old words go in the
same write, and whatever is lacking is noted as `unread`, by events in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from dossier.contents import contents_stream
from dossier.contracts import RecordedEvent, decode_fields
from dossier.contracts.activities import ActivityCorrected, ActivityRecorded
from dossier.contracts.attachments import (
    DocumentAttached,
    DocumentContentsRead,
    DocumentRemoved,
    DocumentRenamed,
    DocumentRestored,
    DocumentVersionAdded,
)
from dossier.ids import derived_id, stream_id
from dossier.mongo import ASCENDING, Document, IndexModel
from dossier.projections.model import FanOut, Span
from dossier.projections.views import ViewProjection
from histories.domain.places import packed, place
from histories.views.collections import built
from histories.words import stems

WORDS = [("words", ASCENDING), ("place", ASCENDING)]
WHOLE_TEXT = "text"
"""The kind of stream by which the whole of a long text is known among contents. There is no such stream."""
UNREAD = [("unread", ASCENDING)]
_ON_DOCUMENTS = frozenset(
    kind.event_type
    for kind in (DocumentAttached, DocumentVersionAdded, DocumentRenamed, DocumentRemoved, DocumentRestored)
)
_ON_TEXT = frozenset(kind.event_type for kind in (ActivityRecorded, ActivityCorrected))
_OF_LONG_TEXT = b'"text_object":'
Touched = Callable[[str], object]


def _nobody_listens(activity: str) -> None:
    """Contents are fetched by the consumer; others only read."""


class Texts(ViewProjection):
    """One document per activity: `words`, the stems of all it says, and `place`, its `dated` in short; `when` is what
    that follows from.

    `whole_text` is what a text is known by among `contents` of which events hold the beginning.
    `title`, `text` and `mail` are the stems by where they come from, so that one of them can be replaced. `files` are
    its documents, each with the stems of its `name` and its `contents` (a stream); `contents` the stems of those that
    were fetched, and `unread` those that were not yet. A document for each contents stream tells whose it is.
    """

    name: ClassVar[str] = "texts"
    sources: ClassVar[tuple[str, ...]] = ("activities",)
    view: ClassVar[str] = "activities"
    folds_slowly: ClassVar[bool] = True
    fetched: ClassVar[frozenset[str]] = frozenset({"words", "contents", "unread", "passages"})

    touched: Touched = staticmethod(_nobody_listens)
    """Told which activities may have contents to be fetched or forgotten."""

    async def prepare(self) -> None:
        """Build the indexes."""
        await built(self.documents, IndexModel(WORDS), IndexModel(UNREAD, sparse=True))

    async def apply(self, spans: Sequence[Span]) -> Sequence[FanOut]:
        """Fold each span, and tell of those that have to do with documents."""
        jobs = await super().apply(spans)
        for event in (event for span in spans for event in span.events):
            if event.type in _ON_DOCUMENTS or (event.type in _ON_TEXT and _OF_LONG_TEXT in bytes(event.data)):
                self.touched(event.subject)
            elif event.type == DocumentContentsRead.event_type:
                said = decode_fields(event.type, event.schemaversion, event.data)
                self.touched(f"activity-{said['activity']}")
        return jobs

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """The words after the event."""
        if event.type == ActivityRecorded.event_type:
            document, said = {}, decode_fields(event.type, event.schemaversion, event.data)
            said.setdefault("text", "")
        elif event.type == ActivityCorrected.event_type and document is not None:
            said = decode_fields(event.type, event.schemaversion, event.data)["changes"]
        elif event.type in _ON_DOCUMENTS and document is not None:
            return with_words(_with_file(document, event))
        elif event.type == DocumentContentsRead.event_type:
            return {"outcome": decode_fields(event.type, event.schemaversion, event.data)["outcome"]}
        else:
            return document
        document.update({name: _joined(said[name]) for name in ("title", "text") if name in said})
        if "text_object" in said:  # which may change alone: the beginning stays
            _with_whole_text(document, event.subject, said["text_object"])
        if mail := said.get("mail"):
            document["mail"] = _joined(*correspondents(mail))
        _put_in_its_place(document, said, event)
        return with_words(document)


def with_words(document: Document) -> Document:
    """The document with `words` and `unread` as they follow from the rest."""
    files, contents = document.get("files", {}).values(), document.get("contents", {})
    parts = [document.get(name, "") for name in ("title", "text", "mail")]
    parts += [*(file["name"] for file in files), *contents.values()]
    document["words"] = sorted({word for part in parts for word in part.split()})
    if unread := sorted(current(document) - contents.keys()):
        document["unread"] = unread
    else:
        document.pop("unread", None)
    return document


def _put_in_its_place(document: Document, said: Mapping[str, Any], event: RecordedEvent) -> None:
    when: dict[str, Any] = document.setdefault("when", {"recorded_at": event.recordedtime})
    when.update({name: said[name] for name in ("occurred_on", "starts_at") if name in said})
    if mail := said.get("mail"):
        when["mail"] = {"sent_at": mail.get("sent_at")}
    document["dated"] = place(when, when["recorded_at"], event.subject[-36:])
    document["place"] = packed(document["dated"])


def _with_file(document: Document, event: RecordedEvent) -> Document:
    """The document after a change of the activity's documents. Contents of what is not there any more are forgotten."""
    said = decode_fields(event.type, event.schemaversion, event.data)
    files: dict[str, Any] = document.setdefault("files", {})
    identifier = said["document"]
    if event.type == DocumentRemoved.event_type:
        del files[identifier]
    elif event.type == DocumentRenamed.event_type:
        files[identifier]["name"] = _joined(said["name"])
    else:
        file = said["file"]
        name = said.get("name", file["name"])  # a restored one may have been renamed
        files[identifier] = {"name": _joined(name), "contents": contents_stream(file["stored_object"])}
    return _with_current_contents(document)


def _with_whole_text(document: Document, activity: str, stored: str | None) -> None:
    """Note which text there is more of than the event holds, if there is. What recurs may share what is stored."""
    document.pop("whole_text", None)
    if stored:
        document["whole_text"] = stream_id(WHOLE_TEXT, derived_id(WHOLE_TEXT, activity, stored))
    if "contents" in document or stored:
        _with_current_contents(document)


def _with_current_contents(document: Document) -> Document:
    """The document without the contents of what is not there any more."""
    held: dict[str, str] = document.get("contents", {})
    document["contents"] = {stream: words for stream, words in held.items() if stream in current(document)}
    return document


def current(document: Document) -> set[str]:
    """The contents that the activity has, by their streams: of its documents, and the whole of a long text."""
    whole = {document["whole_text"]} if "whole_text" in document else set[str]()
    return whole | {file["contents"] for file in document.get("files", {}).values()}


def correspondents(mail: Mapping[str, Any]) -> Iterable[str]:
    """Names and addresses of who wrote a mail and who got it."""
    yield mail.get("sender_name", "")
    yield mail["sender"]
    for recipient in mail.get("recipients", ()):
        yield recipient.get("name", "")
        yield recipient["address"]


def all_of(words: Sequence[Iterable[str]]) -> list[Document]:
    """Conditions of a text that has one stem of each word."""
    return [{"words": {"$in": sorted(stems)}} for stems in words]


def none_of(words: Sequence[Iterable[str]]) -> list[Document]:
    """Conditions of a text that has no stem of any word."""
    return [{"words": {"$nin": sorted(stems)}} for stems in words]


def _joined(*texts: str) -> str:
    return " ".join(sorted({word for text in texts for word in stems(text)}))

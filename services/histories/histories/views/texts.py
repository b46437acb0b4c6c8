"""The words of activities: titles, texts, and who wrote mails to whom (SRC-01).

A read model of its own, beside the entries: it has some fifty keys of an index for each activity, which a rebuild of
the histories should not have to wait for. It knows nothing of rights and pages; what is found is looked up among the
entries before it is shown, sorted or counted.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from dossier.contracts import RecordedEvent, decode_fields
from dossier.contracts.activities import ActivityCorrected, ActivityRecorded
from dossier.mongo import ASCENDING, Document, IndexModel
from dossier.projections.views import ViewProjection
from histories.views.collections import built
from histories.words import stems

WORDS = [("words", ASCENDING), ("place", ASCENDING)]
FIRST, LAST = bytes(16), b"\xff" * 16
"""Before and after all activities of a day: as long as ids, as the database compares lengths first."""


class Texts(ViewProjection):
    """One document per activity: `words`, the stems of all it says, and `place`, its `dated` in short.

    `title`, `text` and `mail` are the stems by where they come from, so that one of them can be replaced.
    """

    name: ClassVar[str] = "texts"
    sources: ClassVar[tuple[str, ...]] = ("activities",)
    view: ClassVar[str] = "activities"

    async def prepare(self) -> None:
        """Build the index."""
        await built(self.documents, IndexModel(WORDS))

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        """The words after the event."""
        if event.type == ActivityRecorded.event_type:
            document, said = {}, decode_fields(event.type, event.schemaversion, event.data)
            said.setdefault("text", "")
        elif event.type == ActivityCorrected.event_type and document is not None:
            said = decode_fields(event.type, event.schemaversion, event.data)["changes"]
        else:
            return document
        document.update({name: _joined(said[name]) for name in ("title", "text") if name in said})
        if mail := said.get("mail"):
            document["mail"] = _joined(*correspondents(mail))
        if day := said.get("occurred_on"):
            document["dated"] = f"{day} {event.subject[-36:]}"
            document["place"] = place_of(document["dated"])
        parts = (document.get(name, "") for name in ("title", "text", "mail"))
        document["words"] = sorted({word for part in parts for word in part.split()})
        return document


def place_of(dated: str) -> bytes:
    """A place in the order of histories in less than half its characters: the day, then the id if there is one.

    A day with `~` behind it is the end of that day.
    """
    day, rest = date.fromisoformat(dated[:10]).toordinal().to_bytes(4, "big"), dated[10:].lstrip()
    return day + (LAST if rest == "~" else uuid.UUID(rest).bytes if rest else FIRST)


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


def _joined(*texts: str) -> str:
    return " ".join(sorted({word for text in texts for word in stems(text)}))

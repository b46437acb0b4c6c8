"""Events of the documents on an activity (ACT-15). Topic `crm.activities`, stream `activity-…`.

The bytes lie in the object store; events say which version is which, and by what hash it is known.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dossier.contracts.base import Count, Event, Id, Personal, Value, event

Outcome = Literal["read", "encrypted", "too_large", "not_readable"]
"""What reading a document came to."""


class StoredFile(Value):
    """A file in the object store: `sha256` in lower-case hex of its `size` bytes; `media_type` by signature."""

    stored_object: str = Field(max_length=200)
    name: Personal[str] = Field(max_length=255)
    media_type: str = Field(max_length=255)
    size: Count
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class DocumentEvent(Event):
    """Something happened to a document of the activity."""

    document: Id


@event("activities")
class DocumentAttached(DocumentEvent):
    """A document was put on the activity; this is its version 1."""

    file: StoredFile


@event("activities")
class DocumentVersionAdded(DocumentEvent):
    """A newer version of the document; earlier ones are kept. `based_on` is the version its author worked from."""

    number: Count
    based_on: Count
    file: StoredFile


@event("activities")
class DocumentRenamed(DocumentEvent):
    """The document has another name."""

    name: Personal[str] = Field(max_length=255)


@event("activities")
class DocumentRemoved(DocumentEvent):
    """The document is no longer shown on the activity."""

    reason: Personal[str] = Field(default="", max_length=1000)


@event("activities")
class DocumentRestored(DocumentEvent):
    """A document that was removed is there again, under its `name` and with all its versions, `number` the newest."""

    name: Personal[str] = Field(max_length=255)
    number: Count
    file: StoredFile
    reason: Personal[str] = Field(default="", max_length=1000)


@event("activities")
class DocumentCheckedOut(DocumentEvent):
    """A user works on the document; the next one who wants to is warned (ACT-16)."""

    user: Id


@event("activities")
class DocumentCheckedIn(DocumentEvent):
    """The user no longer works on the document, with or without a new version."""

    user: Id


@event("activities")
class DocumentContentsRead(Event):
    """What version `number` of a document says was read, or why it could not be; stream `contents-…`, once for a file.

    The text is with the activities service, under the id of the stream (SRC-01); an event has no room for it. `reason`
    is a word for why it was `not_readable` or `too_large`; `is_cut`: the document says more than was kept.
    """

    activity: Id
    document: Id
    number: Count
    outcome: Outcome
    reason: str = Field(default="", max_length=20)
    characters: Count = 0
    is_cut: bool = False

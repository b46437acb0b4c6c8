"""Events of the documents on an activity (ACT-15). Topic `crm.activities`, stream `activity-…`.

The bytes lie in the object store; events say which version is which, and by what hash it is known.
"""

from __future__ import annotations

from pydantic import Field

from dossier.contracts.base import Count, Event, Id, Personal, Value, event


class StoredFile(Value):
    """A file in the object store: `sha256` in lower-case hex of its `size` bytes; `media_type` by signature."""

    stored_object: str = Field(max_length=200)
    name: Personal[str] = Field(max_length=255)
    media_type: str = Field(max_length=255)
    size: Count
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


@event("activities")
class DocumentAttached(Event):
    """A document was put on the activity; this is its version 1."""

    document: Id
    file: StoredFile


@event("activities")
class DocumentVersionAdded(Event):
    """A newer version of the document; earlier ones are kept. `based_on` is the version its author worked from."""

    document: Id
    number: Count
    based_on: Count
    file: StoredFile


@event("activities")
class DocumentRenamed(Event):
    """The document has another name."""

    document: Id
    name: Personal[str] = Field(max_length=255)


@event("activities")
class DocumentRemoved(Event):
    """The document is no longer shown on the activity."""

    document: Id
    reason: Personal[str] = Field(default="", max_length=1000)


@event("activities")
class DocumentCheckedOut(Event):
    """A user works on the document; the next one who wants to is warned (ACT-16)."""

    document: Id
    user: Id


@event("activities")
class DocumentCheckedIn(Event):
    """The user no longer works on the document, with or without a new version."""

    document: Id
    user: Id

"""What may be done with the documents of an activity (ACT-15, ACT-16).

All documents hang on an activity. Nothing is ever lost by two people working on the same one: each version is kept,
and who is second is told.
"""

from __future__ import annotations

from collections.abc import Sequence

from activities.domain.documents import Document, Documents, Version, shown
from activities.domain.state import Activity
from dossier.contracts.attachments import (
    DocumentAttached,
    DocumentCheckedIn,
    DocumentCheckedOut,
    DocumentRemoved,
    DocumentRenamed,
    DocumentRestored,
    DocumentVersionAdded,
    StoredFile,
)
from dossier.contracts.base import Event
from dossier.contracts.rules import NotFound, Removed, RuleViolation

MOST_DOCUMENTS = 200
"""Documents of one activity: every row of a history that shows the activity names them."""
MOST_EVER = 1000
"""Documents that an activity ever had, removed ones too: all of them are listed at once, and folded with it."""
MOST_VERSIONS = 1000


def check_size(size: int) -> None:
    """Raise RuleViolation ACT-DOC for a file of nothing: it is an upload that went wrong."""
    if size == 0:
        raise RuleViolation("ACT-DOC", "the file is empty", "body")


def found(state: Activity, identifier: str) -> Document:
    """The document. Raises NotFound, which says Removed if it was removed and can be restored."""
    for document in _documents(state):
        if document.id == identifier:
            if document.removed:
                raise Removed("document")
            return document
    raise NotFound("document")


def version_of(document: Document, number: int) -> Version:
    """The version with this number. Raises NotFound."""
    if not 1 <= number <= len(document.versions):
        raise NotFound("version")
    return document.versions[number - 1]


def attach(state: Activity, identifier: str, file: StoredFile) -> Sequence[Event]:
    """Put a document on the activity (ACT-15). The same one again changes nothing.

    Raises RuleViolation ACT-DOC if another document has or had this id, and ACT-15 if there are too many.
    """
    for document in _documents(state):
        if document.id == identifier:
            first = document.versions[0].file
            if not document.removed and _same(first, file):
                return []
            raise RuleViolation("ACT-DOC", "another document has or had this id", "document")
    _check_room(state)
    if len(state.documents) >= MOST_EVER:
        raise RuleViolation("ACT-15", f"an activity has at most {MOST_EVER} documents with removed ones")
    return [DocumentAttached(document=identifier, file=file)]


def add_version(
    state: Activity, identifier: str, file: StoredFile, *, based_on: int, check_in: str | None = None
) -> Sequence[Event]:
    """Keep a newer version, whatever came since the one it is based on (ACT-16). The newest again changes nothing.

    `check_in` is a user who is done with the document by this. Raises NotFound, and RuleViolation ACT-16 if there is no
    version that it could be based on.
    """
    document = found(state, identifier)
    newest = document.newest
    if not 1 <= based_on <= newest.number:
        raise RuleViolation("ACT-16", f"it is based on one of the versions 1 to {newest.number}", "based_on")
    if len(document.versions) >= MOST_VERSIONS:
        raise RuleViolation("ACT-16", f"a document has at most {MOST_VERSIONS} versions")
    added: list[Event] = []
    if not (_same(newest.file, file) and based_on in (newest.number, newest.based_on)):
        added.append(DocumentVersionAdded(document=identifier, number=newest.number + 1, based_on=based_on, file=file))
    return [*added, *(_check_in(document, check_in) if check_in else ())]


def rename(state: Activity, identifier: str, name: str) -> Sequence[Event]:
    """Give the document another name; its versions keep the ones they came with. Raises NotFound."""
    return [] if found(state, identifier).name == name else [DocumentRenamed(document=identifier, name=name)]


def remove(state: Activity, identifier: str, reason: str) -> Sequence[Event]:
    """Take the document off the activity; until it is restored nobody reaches its versions. Raises NotFound.

    Once more changes nothing.
    """
    if any(document.id == identifier and document.removed for document in _documents(state)):
        return []
    found(state, identifier)
    return [DocumentRemoved(document=identifier, reason=reason)]


def restore(state: Activity, identifier: str, reason: str) -> Sequence[Event]:
    """Put a removed document on the activity again, with all its versions. One that is there is left as it is.

    Raises NotFound for one that never was there, and RuleViolation ACT-15 if there are too many.
    """
    for document in _documents(state):
        if document.id == identifier and document.removed:
            _check_room(state)
            return [restored(document, reason)]
    found(state, identifier)
    return []


def restored(document: Document, reason: str) -> DocumentRestored:
    """The event that puts it there again as it is."""
    newest = document.newest
    return DocumentRestored(
        document=document.id, name=document.name, number=newest.number, file=newest.file, reason=reason
    )


def check_out(state: Activity, identifier: str, user: str | None) -> Sequence[Event]:
    """Note that the user works on the document, beside whoever else does (ACT-16: a warning, and not a lock).

    Raises NotFound, and RuleViolation ACT-16 if it is no person who does.
    """
    worker = _person(user)
    document = found(state, identifier)
    return [] if worker in document.checked_out_by else [DocumentCheckedOut(document=identifier, user=worker)]


def check_in(state: Activity, identifier: str, user: str | None) -> Sequence[Event]:
    """Note that the user no longer works on it. Raises as `check_out`."""
    return _check_in(found(state, identifier), _person(user))


def _documents(state: Activity) -> Documents:
    if state.now is None:
        raise NotFound("activity")
    return state.documents


def _check_room(state: Activity) -> None:
    if len(shown(_documents(state))) >= MOST_DOCUMENTS:
        raise RuleViolation("ACT-15", f"an activity has at most {MOST_DOCUMENTS} documents")


def _check_in(document: Document, user: str) -> Sequence[Event]:
    return [DocumentCheckedIn(document=document.id, user=user)] if user in document.checked_out_by else []


def _person(user: str | None) -> str:
    if user is None:
        raise RuleViolation("ACT-16", "only a person works on a document")
    return user


def _same(file: StoredFile, other: StoredFile) -> bool:
    return (file.sha256, file.name) == (other.sha256, other.name)

"""The documents on an activity as they stand, and how their events change them (ACT-15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from dossier.contracts.attachments import (
    DocumentAttached,
    DocumentCheckedIn,
    DocumentCheckedOut,
    DocumentEvent,
    DocumentRemoved,
    DocumentRenamed,
    DocumentRestored,
    DocumentVersionAdded,
    StoredFile,
)


@dataclass(frozen=True)
class Version:
    """One version of a document; `based_on` is the number its author worked from, 0 for the first."""

    number: int
    based_on: int
    file: StoredFile


@dataclass(frozen=True)
class Document:
    """A document: its versions in order, and the users who have it checked out, in the order they did.

    A removed one stays known, so that its id is not used again, and it can be restored: whoever works on it still does.
    """

    id: str
    name: str
    versions: tuple[Version, ...]
    checked_out_by: tuple[str, ...] = ()
    removed: bool = False

    @property
    def newest(self) -> Version:
        """The version that counts."""
        return self.versions[-1]


Documents = tuple[Document, ...]


def shown(documents: Documents) -> Documents:
    """Those that were not removed, in the order they came."""
    return tuple(document for document in documents if not document.removed)


def gone(documents: Documents) -> Documents:
    """Those that were removed and can be restored, in the order they came."""
    return tuple(document for document in documents if document.removed)


def with_event(documents: Documents, event: DocumentEvent) -> Documents:
    """Apply an event. Raises TypeError for one that is not of this contract."""
    match event:
        case DocumentAttached(document=identifier, file=file):
            return (*documents, Document(identifier, file.name, (Version(1, 0, file),)))
        case DocumentVersionAdded(number=number, based_on=based_on, file=file):
            version = Version(number, based_on, file)
            return _with(
                documents, event, lambda each: replace(each, name=file.name, versions=(*each.versions, version))
            )
        case DocumentRenamed(name=name):
            return _with(documents, event, lambda each: replace(each, name=name))
        case DocumentRemoved():
            return _with(documents, event, lambda each: replace(each, removed=True))
        case DocumentRestored():
            return _with(documents, event, lambda each: replace(each, removed=False))
        case DocumentCheckedOut(user=user):
            return _with(documents, event, lambda each: replace(each, checked_out_by=(*_without(each, user), user)))
        case DocumentCheckedIn(user=user):
            return _with(documents, event, lambda each: replace(each, checked_out_by=_without(each, user)))
        case _:
            raise TypeError(type(event).__name__)


def _without(document: Document, user: str) -> tuple[str, ...]:
    return tuple(other for other in document.checked_out_by if other != user)


def _with(documents: Documents, event: DocumentEvent, change: Callable[[Document], Document]) -> Documents:
    return tuple(change(each) if each.id == event.document else each for each in documents)

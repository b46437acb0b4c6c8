"""What callers send and get about documents."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from dossier.contracts.attachments import Outcome
from dossier.contracts.base import Id
from dossier.http.models import Answer, Request


class RenameDocument(Request):
    """The name the document is to have."""

    name: str = Field(max_length=255)


class Warning(BaseModel):
    """What is to be looked at; nothing was refused for it.

    `ACT-16`: somebody else (`by`) has the document checked out `since` then, or added `version`, which the new one is
    not based on; `names` says what who that is is called. `ACT-DOC`: the document is not what its name says.
    """

    rule: str = Field(examples=["ACT-16"])
    detail: str
    by: str | None = Field(default=None, examples=["user:018f2f3a-0000-7000-8000-000000000001"])
    since: str | None = Field(default=None, json_schema_extra={"format": "date-time"})
    version: int | None = None
    names: dict[str, str] = {}


class DocumentAnswer(Answer):
    """What a command on a document answers; `number` is the version that is the newest by it."""

    document: Id
    number: int
    warnings: tuple[Warning, ...] = ()


class DocumentHead(BaseModel):
    """A document as its activity shows it: the newest version, and who has it checked out."""

    id: Id
    name: str
    media_type: str
    size: int
    version: int
    checked_out_by: tuple[Id, ...] = ()


class ContentsView(BaseModel):
    """What became of reading what the version says, so that its words are found (SRC-01).

    `reason`, where it could not be read: `type` (such documents have no words that are read), `damaged`, `nested` (too
    deeply), `time`, `memory`, or `missing` (its bytes are gone).
    """

    outcome: Outcome | Literal["waiting"]
    reason: str = ""
    is_cut: bool = False


class VersionView(BaseModel):
    """One version: who added it (`user:…` or `service:…`) and when. The bytes are known by their SHA-256 in hex.

    `contents` is null for a version that came before documents were read, until the reader has caught up.
    """

    number: int
    based_on: int | None
    name: str
    media_type: str
    size: int
    sha256: str
    by: str
    at: str = Field(json_schema_extra={"format": "date-time"})
    contents: ContentsView | None = None


class CheckOut(BaseModel):
    """Somebody who works on the document, and since when."""

    by: str
    since: str = Field(json_schema_extra={"format": "date-time"})


class DocumentView(BaseModel):
    """A document with all its versions, the newest first."""

    id: Id
    name: str
    checked_out: list[CheckOut]
    versions: list[VersionView]
    names: dict[str, str] = {}

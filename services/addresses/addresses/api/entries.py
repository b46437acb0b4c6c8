"""How a path names what lies in a folder: by type and id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel

from addresses.api.naming import Naming
from addresses.api.reading_models import Named
from dossier.contracts.common import AddressRef, ReferenceToAny
from dossier.http.field_errors import form
from dossier.ids import split_stream

_FORM = r"^(company|person|contact|couple|project|opportunity|activity)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
EntryPath = Annotated[
    str,
    Path(
        pattern=form(_FORM, "a type such as company, a hyphen, and a UUID in lower case"),
        description="Type and id, such as `company-018f…`",
    ),
]


def referred(entry: str) -> ReferenceToAny:
    """The reference that a path names."""
    type, id = split_stream(entry)
    return ReferenceToAny.model_validate({"type": type, "id": id})


class EntryView(BaseModel):
    """An address that has a keyword, or lies in a folder."""

    entry: Named


async def shown_entries(streams: Sequence[str], names: Naming) -> list[EntryView]:
    """What lies in a folder, for an answer."""
    named = await names.addresses([AddressRef.model_validate(dict(referred(stream))) for stream in streams])
    return [EntryView(entry=each) for each in named]

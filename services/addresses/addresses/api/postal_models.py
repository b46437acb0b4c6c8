"""Requests and answers of postal addresses."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from addresses.api.channel_models import PartId
from addresses.api.values import Country
from dossier.contracts.addresses import PostalKind
from dossier.http.models import Changes, Request

Kind = Annotated[PostalKind, Field(description="What it is for; `private` on persons only, as private data")]
Label = Annotated[str, Field(max_length=100, examples=["Warehouse"])]
Street = Annotated[str, Field(max_length=255, examples=["Seestrasse 1"])]
PostalCode = Annotated[str, Field(max_length=20, examples=["8002"])]
City = Annotated[str, Field(max_length=100, examples=["Zürich"])]
Supplement = Annotated[str, Field(max_length=255, examples=["c/o Muster"])]


class PostalFacts(Request):
    """How a postal address reads, and when it holds. A street or a city there has to be."""

    label: Label = ""
    street: Street = ""
    postal_code: PostalCode = ""
    city: City = ""
    country: Country
    supplement: Supplement = ""
    valid_from: date | None = None
    valid_to: date | None = None


class PostalChange(Changes):
    """What changes of a postal address; absent fields stay, null takes a day away."""

    label: Label = ""
    street: Street = ""
    postal_code: PostalCode = ""
    city: City = ""
    country: Country = ""
    supplement: Supplement = ""
    valid_from: date | None = None
    valid_to: date | None = None


class NewPostalAddress(PostalFacts):
    """An own postal address. The kind `private` is on persons only, and needs the capability for private data."""

    id: PartId = None
    kind: Kind = "post"
    is_default: Annotated[bool, Field(description="Take over as default")] = False

    @property
    def private(self) -> bool:
        """Whether it is private data."""
        return self.kind == "private"


class PostalAddressView(BaseModel):
    """An own postal address."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: Kind
    label: str
    street: str
    postal_code: str
    city: str
    country: str
    supplement: str
    is_default: bool
    valid_from: date | None
    valid_to: date | None

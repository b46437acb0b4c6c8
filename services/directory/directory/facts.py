"""Facts of users and groups as they come in, by request or from a file."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from dossier.contracts.base import Id
from dossier.mail_address import normalise_mail_address


def _mail_address(text: str) -> str:
    try:
        return normalise_mail_address(text)
    except ValueError:
        raise PydanticCustomError("mail_address", "is no mail address") from None


UserName = Annotated[str, Field(min_length=1, max_length=200, examples=["Eva Muster"])]
GroupName = Annotated[str, Field(min_length=1, max_length=200, examples=["Partners"])]
MailAddress = Annotated[str, Field(max_length=320, examples=["eva@office.example"]), AfterValidator(_mail_address)]
Person = Annotated[Id, Field(description="The user's own entry in the address book")]
Claim = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        description="How the issuer of access tokens names it; a UUID is taken as the id, from others one is derived",
        examples=["eva"],
    ),
]

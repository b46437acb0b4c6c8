"""Who is a customer by deed: by a project in the customer role, or a won opportunity (issue: account type by deeds)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from dossier.auth.guard import Caller, require
from dossier.http.after import After
from dossier.http.models import Page
from dossier.http.paging import Paging
from dossier.http.routing import Router
from dossier.ids import split_stream
from engagements.api.finding import AddressStream
from engagements.api.models import NamedAddress
from engagements.api.naming import Called
from engagements.api.references import KnownStreams, OwnRegister
from engagements.views.customers import by_deed

router = Router(prefix="/v1/customers", tags=["customers"])


class CustomerView(BaseModel):
    """A customer, and by which kinds of engagements that the caller may see."""

    address: NamedAddress
    by: list[Literal["opportunity", "project"]]


@router.get("", dependencies=[require("read")])
async def list_customers(
    register: OwnRegister,
    known: KnownStreams,
    paging: Paging,
    after: After,
    caller: Caller,
    names: Called,
    address: AddressStream | None = None,
) -> Page[CustomerView]:
    """The customers, by address: all, or the one that is asked for, if it is one.

    A contact's deeds are its company's. Only engagements that the caller may see count, so nobody learns from here that
    there is one. Unlike the keyword, this needs no upkeep.
    """
    await after.reached(register)
    await after.reached(known)
    of = ("customers", address)
    position = paging.position(*of)
    found = await by_deed(register, known, caller, address, "" if position is None else position[0], paging.limit + 1)
    page = paging.page(found, lambda customer: [customer["_id"]], *of)
    items = await names.all([_shown(each["_id"], each["by"]) for each in page.items])
    return Page(items=items, next=page.next)


def _shown(stream: str, by: list[Literal["opportunity", "project"]]) -> CustomerView:
    kind, id = split_stream(stream)
    return CustomerView(address=NamedAddress.model_validate({"type": kind, "id": id}), by=sorted(by))

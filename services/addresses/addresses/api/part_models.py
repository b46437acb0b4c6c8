"""What the requests and answers of all address types share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from addresses.api.channel_models import ChannelView, NewChannel, PartId, channel_view
from addresses.api.postal_models import NewPostalAddress, PostalAddressView
from addresses.domain import channels, postal
from addresses.domain.address import Address
from addresses.domain.alias import AliasChoice
from dossier.auth.principals import Principal
from dossier.contracts.base import Id
from dossier.http.models import Request


class NewAddress(Request):
    """What every address may be entered with, beside its facts."""

    id: PartId = None
    channels: Annotated[tuple[NewChannel, ...], Field(max_length=50)] = ()
    postal_addresses: Annotated[tuple[NewPostalAddress, ...], Field(max_length=20)] = ()
    account_manager: Annotated[Id | None, Field(description="The user who looks after the address")] = None


class OnAlias(Request):
    """A change of what the alias is made of: it says what becomes of an alias that somebody typed."""

    alias: Annotated[
        AliasChoice | None, Field(description="Needed while a typed alias stands: keep it, or compute it anew")
    ] = None


class TypedAlias(Request):
    """An alias that stands until it is given up."""

    alias: Annotated[str, Field(min_length=1, max_length=255, examples=["Acme"])]


class AccountManager(Request):
    """The user who looks after the address, or nobody."""

    user: Id | None


class AddressView(BaseModel):
    """What is shown of every address. `manual_alias` is the alias that somebody typed; none: the computed one stands.

    Without the capability for private data the private channels and postal addresses are not there.
    """

    id: str
    is_active: bool
    account_manager: str | None
    account_manager_name: str | None
    manual_alias: str | None
    channels: list[ChannelView]
    postal_addresses: list[PostalAddressView]


def of_all(id: str, state: Address, caller: Principal) -> dict[str, Any]:
    """The fields of AddressView, as this caller may see them, but for the name of the account manager."""
    own, postal_addresses = state.channels, state.postal_addresses
    if not caller.may("private"):
        own, postal_addresses = channels.without_private(own), postal.without_private(postal_addresses)
    return {
        "id": id,
        "is_active": state.is_active,
        "account_manager": state.account_manager,
        "manual_alias": state.manual_alias,
        "channels": [channel_view(channel) for channel in own],
        "postal_addresses": [PostalAddressView.model_validate(each) for each in postal_addresses],
    }

"""The configurable lists and settings: channel types, layouts, how the address book works."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Response

from addresses.api.list_models import (
    ChannelTypeChange,
    ChannelTypeView,
    GenderView,
    LayoutChange,
    LayoutView,
    NewChannelType,
    NewLayout,
    SettingsChange,
    SettingsView,
    shown_channel_type,
    shown_gender,
    shown_layout,
)
from addresses.api.owned import given
from addresses.book_settings import ADDRESS_SETTINGS, SETTINGS, book_settings
from addresses.catalogue import LAYOUT, built_in_channel_type, default_of
from addresses.channel_types import CHANNEL_TYPE
from addresses.domain import lists
from addresses.domain.facts import GENDERS
from addresses.domain.lists import Layout
from dossier.auth.guard import require
from dossier.commands import Decide, Step, load
from dossier.contracts.addresses import (
    BUILT_IN_KINDS,
    AddressSettingsChanged,
    ChannelTypeChanged,
    ChannelTypeDefined,
    LayoutChanged,
    LayoutDefined,
)
from dossier.contracts.base import Event, Id
from dossier.contracts.common import AddressType
from dossier.contracts.rules import NotFound
from dossier.http.commands import etag
from dossier.http.listing import all_as_standing
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Store, Write, Writer, standing
from dossier.ids import new_id, stream_id

router = Router(prefix="/v1", tags=["lists"])
BUILT_IN = frozenset(map(built_in_channel_type, BUILT_IN_KINDS))


@router.post("/channel-types", status_code=201, dependencies=[require("administer")])
async def define_channel_type(body: NewChannelType, write: Write) -> Answer:
    """Let channels be of another type. With a built-in letter it shares that letter's default."""
    new = ChannelTypeDefined(**body.model_dump(exclude={"id"}))
    return await write.create(CHANNEL_TYPE, body.id, lambda t: lists.define_channel_type(t, new))


@router.get("/channel-types", dependencies=[require("read")])
async def list_channel_types(store: Store, inactive: bool = False) -> list[ChannelTypeView]:
    """The types of channels by position; those no longer offered on request."""
    found = await all_as_standing(store, CHANNEL_TYPE)
    shown = [shown_channel_type(id, state, is_built_in=id in BUILT_IN) for id, state in found]
    offered = [each for each in shown if each.is_active or inactive]
    return sorted(offered, key=lambda each: (each.position, each.label, each.id))


@router.get("/channel-types/{id}", dependencies=[require("read")])
async def read_channel_type(id: Id, store: Store, response: Response) -> ChannelTypeView:
    """The channel type as it stands at this moment."""
    state = await standing(store, CHANNEL_TYPE, id, response)
    return shown_channel_type(id, state, is_built_in=id in BUILT_IN)


@router.patch("/channel-types/{id}", dependencies=[require("administer")], responses=responses(409))
async def change_channel_type(id: Id, body: ChannelTypeChange, write: Write) -> Answer:
    """Label or place a type otherwise, or offer it no longer. Its letter stays; a built-in one stays active."""
    wanted = ChannelTypeChanged(**given(body))
    return await write.change(
        CHANNEL_TYPE, id, lambda t: lists.change_channel_type(t, wanted, is_built_in=id in BUILT_IN)
    )


@router.post("/layouts", status_code=201, dependencies=[require("administer")], responses=responses(409))
async def define_layout(body: NewLayout, write: Write) -> Answer:
    """Add a template for letter addresses, as the default of its type if it asks to be."""
    id, new = body.id or new_id(), LayoutDefined(**body.model_dump(exclude={"id"}))
    decide: Decide[Layout] = lambda layout: lists.define_layout(layout, new)  # noqa: E731
    if not new.is_default:
        return await write.create(LAYOUT, id, decide)
    return await _as_default(write, id, new.address_type, decide, location=f"/v1/layouts/{id}")


@router.get("/layouts", dependencies=[require("read")])
async def list_layouts(
    store: Store, address_type: AddressType | None = None, inactive: bool = False
) -> list[LayoutView]:
    """The templates by type and name; those no longer offered on request."""
    shown = [shown_layout(id, state) for id, state in await all_as_standing(store, LAYOUT)]
    offered = [each for each in shown if (each.is_active or inactive) and address_type in (None, each.address_type)]
    return sorted(offered, key=lambda each: (each.address_type, each.name, each.id))


@router.get("/layouts/{id}", dependencies=[require("read")])
async def read_layout(id: Id, store: Store, response: Response) -> LayoutView:
    """The template as it stands at this moment."""
    return shown_layout(id, await standing(store, LAYOUT, id, response))


@router.patch("/layouts/{id}", dependencies=[require("administer")], responses=responses(409))
async def change_layout(id: Id, body: LayoutChange, write: Write) -> Answer:
    """Change a template; letters of all who use it follow. A new default takes over from the former one at once."""
    wanted = LayoutChanged(**given(body))
    decide: Decide[Layout] = lambda layout: lists.change_layout(layout, wanted)  # noqa: E731
    if not wanted.is_default:
        return await write.change(LAYOUT, id, decide)
    present = (await load(write.store, LAYOUT, stream_id("layout", id))).state
    if present.defined is None:
        raise NotFound(id)
    return await _as_default(write, id, present.address_type, decide)


@router.get("/genders", dependencies=[require("read")])
async def list_genders(store: Store) -> list[GenderView]:
    """The genders that this installation knows, own ones last, with how letters address each (GEN-02)."""
    settings = await book_settings(store)
    return [shown_gender(gender, settings) for gender in (*GENDERS, *settings.genders)]


@router.get("/address-settings", dependencies=[require("read")])
async def read_settings(store: Store, response: Response) -> SettingsView:
    """How the address book works at this moment."""
    loaded = await load(store, ADDRESS_SETTINGS, SETTINGS)
    response.headers["ETag"] = etag(loaded.head.commit)
    return SettingsView.model_validate(loaded.state)


@router.patch("/address-settings", dependencies=[require("administer")], responses=responses(409))
async def change_settings(body: SettingsChange, write: Write) -> Answer:
    """Let the address book work otherwise."""
    wanted = AddressSettingsChanged(**given(body))

    async def plan() -> list[Step]:
        return [(ADDRESS_SETTINGS, SETTINGS, lambda present: lists.change_settings(present, wanted))]

    (committed,) = await write.change_all(plan, [SETTINGS])
    return write.command.answer(committed)


async def _as_default(
    write: Writer, id: str, address_type: AddressType, decide: Decide[Layout], location: str | None = None
) -> Answer:
    """Make it the default and take that from the former one, both or neither (LAY-02)."""
    stream = stream_id("layout", id)

    async def plan() -> list[Step]:
        former = [
            stream_id("layout", other)
            for other, state in await all_as_standing(write.store, LAYOUT)
            if other != id and state.is_default and state.address_type == address_type
        ]
        became: list[Event] = []

        def own(state: Layout) -> Sequence[Event]:
            became[:] = decide(state)
            return became

        def others(state: Layout) -> Sequence[Event]:
            return lists.no_default(state) if became else ()

        return [(LAYOUT, stream, own), *((LAYOUT, other, others) for other in former)]

    committed, *rest = await write.change_all(plan, [stream], guards=[default_of(address_type)])
    if location is not None and committed.stream != stream:
        location = f"/v1/layouts/{committed.stream.removeprefix('layout-')}"
    return write.command.answer(committed, *rest, location=location)

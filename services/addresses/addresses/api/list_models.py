"""Requests and answers of channel types, layouts, settings, letters."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from addresses.api.channel_models import LETTERS, PartId
from addresses.api.keyword_models import Name, Position
from addresses.api.models import Notice
from addresses.domain.facts import GENDERS
from addresses.domain.letters import WORDINGS, Human
from addresses.domain.lists import AddressSettings, ChannelType, Layout
from dossier.contracts.addresses import GENDER_PATTERN, ChannelKind
from dossier.contracts.base import Id
from dossier.contracts.common import AddressType
from dossier.http.models import Changes, Request

Lines = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        description="Text with fields between percent signs; lines that come out empty are dropped",
        examples=["%company%\n%street%\n%postal_code% %city%"],
    ),
]
Gender = Annotated[str, Field(pattern=GENDER_PATTERN)]


class NewChannelType(Request):
    """A type of channels. Types of one letter share one default; with a letter of its own a type has none."""

    id: PartId = None
    label: Annotated[Name, Field(examples=["Switchboard"])]
    kind: Annotated[
        ChannelKind, Field(description=f"Its letter, which never changes: {LETTERS}, or one of its own", examples=["T"])
    ]
    position: Position = 0


class ChannelTypeChange(Changes):
    """What changes of a channel type; absent fields stay."""

    label: Name | None = None
    position: Position | None = None
    is_active: bool | None = None


class ChannelTypeView(BaseModel):
    """A channel type as it stands. A built-in one stays active, and its letter has a default."""

    id: str
    label: str
    kind: str
    position: int
    is_built_in: bool
    is_active: bool


class NewLayout(Request):
    """A template for the letter addresses of a type."""

    id: PartId = None
    name: Annotated[Name, Field(examples=["With department"])]
    address_type: AddressType
    lines: Lines
    is_default: Annotated[bool, Field(description="Take over as default of its type")] = False


class LayoutChange(Changes):
    """What changes of a layout; absent fields stay."""

    name: Name | None = None
    lines: Lines | None = None
    is_default: bool | None = None
    is_active: bool | None = None


class LayoutView(BaseModel):
    """A layout as it stands."""

    id: str
    name: str
    address_type: AddressType
    lines: str
    is_default: bool
    is_active: bool


class ChosenLayout(Request):
    """How the letters of one address are laid out: by a template, by own lines, or (neither) by the default."""

    layout: Id | None = None
    own_lines: Lines | None = None


class SettingsChange(Changes):
    """What changes of how the address book works; absent fields stay."""

    alias_with_city: Annotated[bool | None, Field(description="City in the alias of companies")] = None
    genders: Annotated[
        tuple[Gender, ...] | None, Field(max_length=20, description="Beside male, female and unspecified")
    ] = None
    default_gender: Annotated[Gender | None, Field(description="What a new person gets")] = None
    default_language: Annotated[str | None, Field(pattern="^[a-z]{2}$", description="Of letters")] = None
    duplicate_check: Annotated[bool | None, Field(description="Warn of possible duplicates")] = None


class SettingsView(BaseModel):
    """How the address book works."""

    model_config = ConfigDict(from_attributes=True)

    alias_with_city: bool
    genders: tuple[str, ...]
    default_gender: str
    default_language: str
    duplicate_check: bool


class GenderWording(BaseModel):
    """How a language addresses somebody of a gender who has no title; a salutation has fields between percent signs."""

    form_of_address: str
    salutation: str


class GenderView(BaseModel):
    """A gender that persons and contacts can have, and how letters address it, by language."""

    gender: str
    is_built_in: bool
    is_default: bool
    wordings: dict[str, GenderWording]


class LetterView(BaseModel):
    """How a letter to the address begins. `layout` is the template that laid it out; none: own lines.

    `warnings` are to be looked at before a letter goes out.
    """

    language: str
    form_of_address: str
    salutation: str
    lines: list[str]
    layout: str | None
    warnings: list[Notice] = []


def shown_gender(gender: str, settings: AddressSettings) -> GenderView:
    """A gender for an answer."""
    human = Human(gender=gender)
    wordings = {
        language: GenderWording(form_of_address=wording.forms.get(gender, ""), salutation=wording.template(human))
        for language, wording in WORDINGS.items()
    }
    return GenderView(
        gender=gender,
        is_built_in=gender in GENDERS,
        is_default=gender == settings.default_gender,
        wordings=wordings,
    )


def shown_channel_type(id: str, state: ChannelType, *, is_built_in: bool) -> ChannelTypeView:
    """A channel type for an answer."""
    return ChannelTypeView(
        id=id,
        label=state.label,
        kind=state.kind,
        position=state.position,
        is_built_in=is_built_in,
        is_active=state.is_active,
    )


def shown_layout(id: str, state: Layout) -> LayoutView:
    """A layout for an answer."""
    return LayoutView(
        id=id,
        name=state.name,
        address_type=state.address_type,
        lines=state.lines,
        is_default=state.is_default,
        is_active=state.is_active,
    )

"""The configurable lists and settings of the address book: channel types, layouts, how the book works."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from addresses.domain.checks import named
from addresses.domain.facts import GENDERS, UNSPECIFIED
from addresses.domain.letters import LANGUAGES, check_template
from dossier.contracts.addresses import (
    GENDER_PATTERN,
    AddressSettingsChanged,
    ChannelTypeChanged,
    ChannelTypeDefined,
    LayoutChanged,
    LayoutChosen,
    LayoutDefined,
)
from dossier.contracts.base import Event
from dossier.contracts.common import AddressType
from dossier.contracts.rules import RuleViolation


@dataclass(frozen=True)
class ChannelType:
    """A type of channels as it stands; `defined` is none until it exists. Its letter `kind` never changes (COM-12)."""

    defined: ChannelTypeDefined | None = None
    label: str = ""
    kind: str = ""
    position: int = 0
    is_active: bool = True


@dataclass(frozen=True)
class Layout:
    """A template for letter addresses as it stands; `defined` is none until it exists."""

    defined: LayoutDefined | None = None
    name: str = ""
    address_type: AddressType = "company"
    lines: str = ""
    is_default: bool = False
    is_active: bool = True


@dataclass(frozen=True)
class AddressSettings:
    """How the address book works, before anybody said otherwise: a gender is not assumed (GEN-01)."""

    alias_with_city: bool = False
    genders: tuple[str, ...] = ()
    default_gender: str = UNSPECIFIED
    default_language: str = "en"
    duplicate_check: bool = True


def define_channel_type(state: ChannelType, new: ChannelTypeDefined) -> Sequence[Event]:
    """Let channels be of another type. One with a built-in letter shares that letter's default (COM-03, COM-04)."""
    new = new.model_copy(update={"label": named(new.label, "label")})
    if state.defined == new:
        return []
    if state.defined is not None:
        raise RuleViolation("COM-12", "another channel type has this id", "id")
    return [new]


def change_channel_type(state: ChannelType, wanted: ChannelTypeChanged, *, is_built_in: bool) -> Sequence[Event]:
    """Label or place a type otherwise, or offer it no longer; a built-in one always is (COM-12)."""
    changed = wanted.model_dump(exclude_unset=True)
    if wanted.label is not None:
        changed["label"] = named(wanted.label, "label")
    changed = {field: value for field, value in changed.items() if value != getattr(state, field)}
    if is_built_in and "is_active" in changed:
        raise RuleViolation("COM-12", "a built-in channel type stays active", "is_active")
    return [ChannelTypeChanged(**changed)] if changed else []


def define_layout(state: Layout, new: LayoutDefined) -> Sequence[Event]:
    """Let letters be laid out in another way. The template is checked (LAY-03)."""
    new = new.model_copy(update={"name": named(new.name, "name")})
    check_template(new.lines, "lines")
    if state.defined == new:
        return []
    if state.defined is not None:
        raise RuleViolation("LAY-02", "another layout has this id", "id")
    return [new]


def change_layout(state: Layout, wanted: LayoutChanged) -> Sequence[Event]:
    """Name or write a template otherwise, make it the default of its type, or offer it no longer.

    The default stays the default until another one is made it, and as long as it is offered (LAY-02).
    """
    changed = wanted.model_dump(exclude_unset=True)
    if wanted.name is not None:
        changed["name"] = named(wanted.name, "name")
    if wanted.lines is not None:
        check_template(wanted.lines, "lines")
    changed = {field: value for field, value in changed.items() if value != getattr(state, field)}
    if changed.get("is_default") is False:
        raise RuleViolation("LAY-02", "make another layout the default instead", "is_default")
    if not changed.get("is_active", state.is_active) and (state.is_default or changed.get("is_default")):
        raise RuleViolation("LAY-02", "the default layout stays active: make another one the default", "is_active")
    return [LayoutChanged(**changed)] if changed else []


def no_default(state: Layout) -> Sequence[Event]:
    """Another layout of the type becomes the default (LAY-02)."""
    return [LayoutChanged(is_default=False)] if state.is_default else []


def choose_layout(present: LayoutChosen, wanted: LayoutChosen, type: AddressType, layout: Layout | None) -> list[Event]:
    """Lay out the letters of one address by a template of its type (LAY-01) or by own lines (LAY-04), not by both.

    `layout` is the chosen template, if one is. With neither it is the default again.
    """
    if wanted.layout is not None and wanted.own_lines is not None:
        raise RuleViolation("LAY-04", "choose a layout or write own lines, not both", "own_lines")
    if wanted.own_lines is not None:
        check_template(wanted.own_lines, "own_lines")
    if wanted == present:
        return []
    if wanted.layout is not None and (layout is None or layout.defined is None or not layout.is_active):
        raise RuleViolation("LAY-01", "there is no such layout", "layout")
    if layout is not None and layout.address_type != type:
        raise RuleViolation("LAY-01", f"this layout is not for the type {type}", "layout")
    return [wanted]


def change_settings(state: AddressSettings, wanted: AddressSettingsChanged) -> Sequence[Event]:
    """Let the address book work otherwise. Only what is set changes.

    The default gender is male, female, unspecified or one of the installation's own words (GEN-01, GEN-02).
    """
    changed = wanted.model_dump(exclude_unset=True)
    if wanted.genders is not None:
        changed["genders"] = _genders(wanted.genders)
    changed = {field: value for field, value in changed.items() if value != getattr(state, field)}
    after = replace(state, **changed)
    if after.default_gender not in (*GENDERS, *after.genders):
        raise RuleViolation("GEN-01", "the default gender is none of the genders", "default_gender")
    if after.default_language not in LANGUAGES:
        raise RuleViolation("LAY-06", f"letters are written in {', '.join(LANGUAGES)}", "default_language")
    return [AddressSettingsChanged(**changed)] if changed else []


def evolve_channel_type(state: ChannelType, event: Event) -> ChannelType:
    """The channel type after the event."""
    match event:
        case ChannelTypeDefined():
            return replace(state, defined=event, **dict(event))
        case ChannelTypeChanged():
            return replace(state, **_set(event))
        case _:
            raise TypeError(f"{event.event_type} is no event of a channel type")


def evolve_layout(state: Layout, event: Event) -> Layout:
    """The layout after the event."""
    match event:
        case LayoutDefined():
            return replace(state, defined=event, **dict(event))
        case LayoutChanged():
            return replace(state, **_set(event))
        case _:
            raise TypeError(f"{event.event_type} is no event of a layout")


def evolve_settings(state: AddressSettings, event: Event) -> AddressSettings:
    """The settings after the event."""
    if not isinstance(event, AddressSettingsChanged):
        raise TypeError(f"{event.event_type} is no event of the settings")
    return replace(state, **_set(event))


def _set(event: Event) -> dict[str, object]:
    return {field: getattr(event, field) for field in event.model_fields_set}


def _genders(words: Sequence[str]) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(words))
    if not all(re.fullmatch(GENDER_PATTERN, word) for word in words) or set(words) & set(GENDERS):
        raise RuleViolation("GEN-02", "a gender is a word in small letters that is not known already", "genders")
    return words

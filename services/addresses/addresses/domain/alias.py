"""The alias that somebody typed, and what becomes of it when a field changes that the computed one is made of.

It goes beyond ALI-02, where a typed alias is lost with the next change: here it stands until it is given up, and every
command that changes a contributing field of the same address says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Literal

from addresses.domain import postal
from addresses.domain.address import Address, evolve_address
from addresses.domain.checks import named
from dossier.contracts.addresses import AliasGivenUp, AliasSet
from dossier.contracts.base import Event
from dossier.contracts.rules import RuleViolation

AliasChoice = Literal["keep", "recompute"]


def set_alias(state: Address, alias: str) -> Sequence[Event]:
    """Let a typed alias stand instead of the computed one."""
    alias = named(alias, "alias")
    return [] if alias == state.manual_alias else [AliasSet(alias=alias)]


def give_up_alias(state: Address) -> Sequence[Event]:
    """Let the computed alias stand again (ALI-01)."""
    return [] if state.manual_alias is None else [AliasGivenUp()]


def contributing(state: Address, changes: Sequence[Event], choice: AliasChoice | None) -> Sequence[Event]:
    """The changes of contributing fields, and what becomes of a typed alias.

    Refused with ALI-02 if one stands, something changes, and the command does not say whether to keep it.
    """
    if not changes or state.manual_alias is None:
        return changes
    if choice is None:
        raise RuleViolation("ALI-02", "this address has a typed alias: say whether to keep or recompute it", "alias")
    return changes if choice == "keep" else [*changes, AliasGivenUp()]


def moving(state: Address, changes: Sequence[Event], choice: AliasChoice | None) -> Sequence[Event]:
    """The same for changes of postal addresses, where the city of the default one is part of the alias (ALI-04)."""
    moved = reduce(evolve_address, changes, state)
    same_city = postal.default_city(moved.postal_addresses) == postal.default_city(state.postal_addresses)
    return changes if same_city else contributing(state, changes, choice)

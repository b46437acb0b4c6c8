"""Entering an address with facts, channels, postal addresses and account manager, in one commit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Annotated, Any

from fastapi import Depends

from addresses.aggregates import ADDRESSES
from addresses.api.channel_models import NewChannel
from addresses.api.channels import Region
from addresses.api.channels import entered as entered_channel
from addresses.api.days import facts_not_ahead
from addresses.api.fact_models import AnyFacts, given, private_in
from addresses.api.facts import Decision, decision
from addresses.api.part_models import NewAddress
from addresses.api.postal import entered as entered_postal
from addresses.api.postal_models import NewPostalAddress
from addresses.api.private import needs_private, without_private
from addresses.api.references import References
from addresses.book_settings import book_settings
from addresses.domain import address, channels, postal
from addresses.domain.channels import Channel
from addresses.domain.facts import UNSPECIFIED
from addresses.domain.lists import AddressSettings
from addresses.domain.postal import PostalAddress
from dossier.auth.guard import Caller
from dossier.auth.principals import Principal
from dossier.contracts.addresses import AddressFactsChanged
from dossier.contracts.base import Event
from dossier.contracts.common import AddressType
from dossier.contracts.rules import RuleViolation
from dossier.http.days import Today
from dossier.http.models import Answer
from dossier.http.writing import Check, Write, Writer, no_check
from dossier.ids import derived_id, new_id, stream_id
from dossier.references import ReferenceChecker

Register = Callable[[Any], Sequence[Event]]


@dataclass(frozen=True)
class _Opening:
    """All that a request tells of a new address. A part is its place in the request, and what it adds."""

    address_type: AddressType
    facts: Mapping[str, object]
    own_genders: Collection[str]
    parts: Sequence[tuple[str, Decision]]

    def events(self, first: Sequence[Event], gender: str | None) -> list[Event]:
        """The events from `first` on, with this gender if the request tells none."""
        facts = self.facts if gender is None else {"gender": gender, **self.facts}
        # What an administrator chose as default is good enough, and so is what was the default once.
        genders = self.own_genders if gender is None else (*self.own_genders, gender)
        aggregate = ADDRESSES[self.address_type]
        events = list(first)
        state = reduce(aggregate.evolve, events, aggregate.initial())
        for place, decide in [("facts", decision(self.address_type, facts, genders)), *self.parts]:
            with _at(place):
                added = decide(state)
            state = reduce(aggregate.evolve, added, state)
            events.extend(added)
        return events


@dataclass(frozen=True)
class Enterer:
    """Enters the address of one request."""

    write: Writer
    caller: Principal
    references: ReferenceChecker
    region: str
    today: date

    async def enter(
        self,
        address_type: AddressType,
        body: NewAddress,
        facts: AnyFacts,
        register: Register,
        *,
        human: bool = False,
        refers_to: Sequence[str] = (),
        check: Check = no_check,
    ) -> Answer:
        """Commit what `register` decides and everything else that the body tells, or nothing.

        The same request under the same id changes nothing; another one is refused with ADR-01. `human` says that there
        is somebody who gets the default gender if the request tells none (GEN-01). For `refers_to` and `check` see
        `Writer.create`.
        """
        self._may(body, facts)
        own_id, told = body.id or new_id(), given(facts)
        with _at("facts"):
            facts_not_ahead(told, self.today)
        settings = await book_settings(self.write.store) if human or "gender" in told else AddressSettings()
        opening = _Opening(address_type, told, settings.genders, await self._parts(address_type, own_id, body))
        gender = settings.default_gender if human and settings.default_gender != UNSPECIFIED else None
        if body.account_manager is not None:
            user = stream_id("user", body.account_manager)
            await self.references.check(stream_id(address_type, own_id), {"account_manager": user})
        again = False

        def decide(state: Any) -> Sequence[Event]:
            nonlocal again
            first = register(state)
            again = not first
            return opening.events(first, gender) if first else ()

        aggregate = ADDRESSES[address_type]
        answer = await self.write.create(aggregate, own_id, decide, refers_to=refers_to, check=check)
        if again:
            await self._check_same(answer.stream, opening, register(aggregate.initial()))
        return answer

    def _may(self, body: NewAddress, facts: AnyFacts) -> None:
        fact = private_in(given(facts))
        private = [] if fact is None else [f"facts.{fact}"]
        private += [f"channels.{index}.private" for index, new in enumerate(body.channels) if new.private]
        private += [f"postal_addresses.{index}.kind" for index, new in enumerate(body.postal_addresses) if new.private]
        if private:
            needs_private(self.caller, private[0])

    async def _parts(self, address_type: AddressType, own_id: str, body: NewAddress) -> list[tuple[str, Decision]]:
        """Parts without an id get one of the address's and their position, so that a repeated request is the same.

        Private ones are counted apart: an id must not tell how many there are.
        """
        private_allowed = address_type == "person"
        parts: list[tuple[str, Decision]] = []
        for index, new in enumerate(body.channels):
            with _at(place := f"channels.{index}"):
                part_id = _part_id(new, own_id, body.channels[:index])
                channel = await entered_channel(self.write.store, part_id, new, self.region)
            parts.append((place, _adds_channel(channel, private_allowed=private_allowed)))
        for index, new in enumerate(body.postal_addresses):
            part_id = _part_id(new, own_id, body.postal_addresses[:index])
            adds = _adds_postal(entered_postal(part_id, new), private_allowed=private_allowed)
            parts.append((f"postal_addresses.{index}", adds))
        return [*parts, ("", lambda state: address.set_account_manager(state, body.account_manager))]

    async def _check_same(self, stream: str, opening: _Opening, first: Sequence[Event]) -> None:
        """Raise RuleViolation ADR-01 unless this very request entered the address, as far as the caller may see.

        The default gender may be another one by now: the one that was given then counts.
        """
        entered = [event.event() for event in await self.write.store.read(stream) if event.commitsequence == 1]
        gender = next((event.gender for event in entered if isinstance(event, AddressFactsChanged)), None)
        seen = list if self.caller.may("private") else without_private
        if seen(opening.events(first, gender)) != seen(entered):
            raise RuleViolation("ADR-01", f"another {opening.address_type} has this id", "id", stream)


async def _enterer(write: Write, caller: Caller, references: References, region: Region, today: Today) -> Enterer:
    return Enterer(write, caller, references, region, today)


Enter = Annotated[Enterer, Depends(_enterer)]


def _part_id(new: NewChannel | NewPostalAddress, own_id: str, before: Sequence[NewChannel | NewPostalAddress]) -> str:
    position = sum(other.private == new.private for other in before)
    return new.id or derived_id(type(new).__name__, own_id, str(new.private), str(position))


def _adds_channel(new: Channel, *, private_allowed: bool) -> Decision:
    return lambda state: channels.add(state.channels, new, private_allowed=private_allowed)


def _adds_postal(new: PostalAddress, *, private_allowed: bool) -> Decision:
    return lambda state: postal.add(state.postal_addresses, new, private_allowed=private_allowed)


@contextmanager
def _at(place: str) -> Generator[None]:
    """Name the field of a refusal as it is found from the top of the request."""
    try:
        yield
    except RuleViolation as refusal:
        names = [name for name in (place, refusal.field) if name]
        raise RuleViolation(refusal.rule, refusal.detail, ".".join(names), refusal.holder) from None

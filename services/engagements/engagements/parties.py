"""Looking for parties over all engagements, for a conflict check (ROL-09)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dossier.contracts.common import AddressRef, Reference
from dossier.contracts.engagements import ConflictChecked, ConflictHit, ConflictSide
from dossier.ids import split_stream
from dossier.store import CommitStore
from engagements import catalogue
from engagements.access import states
from engagements.aggregates import INVOICE, OPPORTUNITY, PROJECT
from engagements.domain import conflicts
from engagements.domain.conflicts import Party
from engagements.views.known import Known
from engagements.views.register import Register

_KINDS = {each.kind: each for each in (PROJECT, OPPORTUNITY, INVOICE)}
_AT_ONCE = 1000


class PartyFinder:
    """Finds the engagements by the own views, and reads who is in them as they stand."""

    def __init__(self, store: CommitStore, known: Known, register: Register) -> None:
        self._store = store
        self._known = known
        self._register = register

    async def hits(self, asked: ConflictChecked) -> list[ConflictHit]:
        """Who of the parties asked for is known from an engagement, the project of the check itself left out."""
        sides = await self._sides(asked)
        adverse = {
            state.code for state in (await catalogue.role_types_standing(self._store)).values() if state.is_adverse
        }
        found = await self._engagements(set[str]().union(*sides.values()), asked.project)
        hits = [hit for engagement, parties in found for hit in conflicts.hits(engagement, parties, sides, adverse)]
        return sorted(hits, key=lambda hit: (hit.side, hit.address.stream, hit.engagement.stream, hit.role))

    async def _sides(self, asked: ConflictChecked) -> dict[ConflictSide, Collection[str]]:
        named: dict[ConflictSide, set[str]] = {
            "client": {each.stream for each in asked.clients},
            "counterparty": {each.stream for each in asked.counterparties},
            "other": {asked.other.stream} if asked.other else set(),
            "term": await self._known.named(asked.term) if asked.term else set(),
        }
        return {
            side: await self._known.related(streams, with_hierarchy=asked.with_hierarchy)
            for side, streams in named.items()
            if streams
        }

    async def _engagements(
        self, streams: Collection[str], leaving_out: str | None
    ) -> list[tuple[Reference, list[Party]]]:
        wanted, found = sorted(streams), set[str]()
        for start in range(0, len(wanted), _AT_ONCE):
            some = {"parties": {"$in": wanted[start : start + _AT_ONCE]}}
            found |= {document["_id"] async for document in self._register.documents.find(some, {"_id": 1})}
        found.discard(f"project-{leaving_out}")
        return [one for kind in _KINDS for one in await self._of_kind(kind, sorted(found))]

    async def _of_kind(self, kind: str, found: Sequence[str]) -> list[tuple[Reference, list[Party]]]:
        streams = [stream for stream in found if split_stream(stream)[0] == kind]
        standing = await states(self._store, _KINDS[kind], streams)
        return [
            (Reference.model_validate({"type": kind, "id": split_stream(stream)[1]}), _parties(kind, state))
            for stream, state in zip(streams, standing, strict=True)
        ]


def _parties(kind: str, state: object) -> list[Party]:
    if kind == "project":
        return [Party(role.address, role.role) for role in getattr(state, "roles", ())]
    address: AddressRef | None = getattr(state, "address" if kind == "opportunity" else "recipient", None)
    role = kind if kind == "opportunity" else "invoice_recipient"
    return [] if address is None else [Party(address, role)]

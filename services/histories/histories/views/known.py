"""What a list is filtered by, if it is there: what was mistyped must not look like something that nothing is of."""

from __future__ import annotations

from dossier.contracts.activity_types import SHIPPED
from dossier.contracts.rules import RuleViolation
from dossier.ids import derived_id
from dossier.mongo import Collection, by_ids
from histories.views.wanted import Wanted


async def require_known(nodes: Collection, wanted: Wanted) -> None:
    """Raises RuleViolation ACT-21 for a type that never was on the list, REF-01 for an address that there never was.

    Keywords, users and conversations are not asked for: nobody types their ids, and not all of them come here.
    """
    types = {code: f"activity-type-{derived_id('activity-type', code)}" for code in wanted.types if code not in SHIPPED}
    persons = wanted.with_person
    if not types and not persons:
        return
    known = await by_ids(nodes, [*types.values(), *persons], {"_id": 1})
    if any(stream not in known for stream in types.values()):
        raise RuleViolation("ACT-21", "no type has this code; the service of activities lists their codes", "type")
    if persons and known.keys().isdisjoint(persons):
        raise RuleViolation("REF-01", "there is no such address", "person")

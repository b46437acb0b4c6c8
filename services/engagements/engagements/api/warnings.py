"""Words about what was done all the same: a code that another project has, a number of another invoice.

What others have is known from the own register, which is a moment behind, and told only of what the caller may see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends

from dossier.auth.guard import Caller
from dossier.auth.principals import Principal
from dossier.commands import Aggregate
from dossier.http.after import After
from dossier.http.models import Answer
from dossier.http.writing import Store
from dossier.ids import split_stream
from dossier.store import CommitStore
from engagements import access
from engagements.aggregates import INVOICE, PHASE, PROJECT
from engagements.api.models import NamedEngagement, Notice, WarnedAnswer
from engagements.api.naming import Called, Naming
from engagements.api.references import OwnRegister
from engagements.views.register import Register, compared, visible_to

_MOST = 10
"""So many others are named."""


@dataclass(frozen=True)
class Warner:
    """Looks for what else has the same code or number."""

    store: CommitStore
    register: Register
    names: Naming
    caller: Principal

    async def of_project(self, answer: Answer, code: str | None) -> WarnedAnswer:
        """The answer, with a word about other projects that have the code; none: it did not change."""
        found = await self._others(PROJECT, answer.stream, {"code": compared(code)}) if code else []
        return await self.warned(answer, Notice(rule="unique-code", detail=_PROJECT, engagements=found))

    async def of_phase(self, answer: Answer, project: str | None, code: str | None) -> WarnedAnswer:
        """The same about other phases of the project."""
        same = {"project": project, "code": compared(code or "")}
        found = await self._others(PHASE, answer.stream, same) if same["code"] else []
        return await self.warned(answer, Notice(rule="unique-code", detail=_PHASE, engagements=found))

    async def of_invoice(self, answer: Answer, number: str | None) -> WarnedAnswer:
        """The same about other invoices."""
        found = await self._others(INVOICE, answer.stream, {"number": compared(number)}) if number else []
        return await self.warned(answer, Notice(rule="unique-number", detail=_INVOICE, engagements=found))

    async def warned(self, answer: Answer, notice: Notice) -> WarnedAnswer:
        """The answer with the notice, if it has something to tell of."""
        warnings = (notice,) if notice.engagements else ()
        return WarnedAnswer(**answer.model_dump(), warnings=warnings)

    async def _others(self, kind: Aggregate[Any], own: str, same: Mapping[str, Any]) -> list[NamedEngagement]:
        within = {"_id": {"$regex": f"^{kind.kind}-", "$ne": own}, **same}
        found = self.register.documents.find({"$and": [within, visible_to(self.caller)]}, {"_id": 1}).limit(_MOST)
        streams = [document["_id"] async for document in found]
        judge = access.own_rights(self.caller)
        if kind is not PROJECT:
            judge = access.rights_of_project(self.store, self.caller)
        seen = await judge(await access.states(self.store, kind, streams))
        others = [
            NamedEngagement.model_validate({"type": kind.kind, "id": split_stream(stream)[1]})
            for stream, may in zip(streams, seen, strict=True)
            if may
        ]
        return await self.names.all(others)


_PROJECT = "another project has this code"
_PHASE = "another phase of the project has this code"
_INVOICE = "another invoice has this number"


async def _warner(store: Store, register: OwnRegister, names: Called, caller: Caller, after: After) -> Warner:
    await after.reached(register)
    return Warner(store, register, names, caller)


Warn = Annotated[Warner, Depends(_warner)]

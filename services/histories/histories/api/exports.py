"""The dossier of one address, to take along: as NDJSON, and as a ZIP with a page to read and all documents."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.contracts.base import Id
from dossier.file_names import attachment, named_after
from dossier.http.activity_filters import Period
from dossier.http.after import After
from dossier.http.problems import responses
from dossier.http.routing import Router
from histories.api.filters import of_days
from histories.api.requests import KINDS, pages
from histories.export.archive import archive, lines
from histories.export.dossier import FORMAT, Dossier, opened
from histories.export.noted import Exports, Format
from histories.export.others import Others
from histories.views.pages import Pages

router = Router(prefix="/v1/{addresses}/{id}", tags=["exports"])

Addresses = Literal["companies", "persons", "contacts", "couples"]
Days = Annotated[Period, Query()]
_RULES = [require("read"), require("export")]
NDJSON, ZIP = "application/x-ndjson", "application/zip"


@dataclass(frozen=True)
class Begun:
    """A dossier of which nothing is sent yet, for whom (`user-…`), at this moment where they are, and its name."""

    dossier: Dossier
    by: str
    moment: datetime
    name: str
    headers: Mapping[str, str]
    exports: Exports

    async def sent(self, parts: AsyncGenerator[bytes], media_type: str, ending: Format) -> StreamingResponse:
        """The answer, as a file to save. It is noted before (AUD-01)."""
        await self.exports.note(self.dossier.target, self.by, ending, self.dossier.wanted, self.moment)
        file = named_after(f"{self.name} {self.moment.date()}.{ending}")
        return StreamingResponse(parts, headers={**self.headers, **attachment(file)}, media_type=media_type)


async def begun(
    addresses: Addresses, id: Id, days: Days, request: Request, response: Response, caller: Caller, after: After
) -> Begun:
    """Dependency: the dossier of the address for this caller. Raises as `opened`, and RuleViolation `date-order`."""

    async def ask() -> Pages:
        return await pages(request, caller, after)

    state, target, wanted, questions = request.app.state, f"{KINDS[addresses]}-{id}", of_days(days), await ask()
    moment = state.clock().astimezone(await questions.people.zone(caller.user))
    of, by = await questions.head(target), await _caller(questions, caller)
    head = {
        "format": FORMAT,
        "of": of,
        "exported_by": by,
        "exported_at": moment.isoformat(timespec="seconds"),
        "from": days.first,
        "to": days.last,
    }
    others = Others(state.service.http, state.service.settings, request.headers)
    dossier = await opened(target, wanted, head, ask, others)
    name, taker = of["name"] or of["type"], f"{by['type']}-{by['id']}"
    return Begun(dossier, taker, moment, name, dict(response.headers), state.exports)


Export = Annotated[Begun, Depends(begun)]


def _described(media_type: str, words: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": words, "content": content}, **responses(404)}


@router.get(
    "/dossier.ndjson",
    dependencies=_RULES,
    response_class=StreamingResponse,
    responses=_described(NDJSON, "Records, one a line; the last is `complete`"),
)
async def ndjson(export: Export) -> StreamingResponse:
    """Everything of an address that the reader may see, as records: facts, engagements, activities with reasons.

    The last line has the record `complete`, with the number of each other; what ends without it was cut off.
    """
    return await export.sent(lines(export.dossier), NDJSON, "ndjson")


@router.get(
    "/dossier.zip",
    dependencies=_RULES,
    response_class=StreamingResponse,
    responses=_described(ZIP, "`index.html` to read, `dossier.ndjson`, and `documents`"),
)
async def zipped(export: Export) -> StreamingResponse:
    """The same to read and to print, with the newest version of every document.

    A document that is not to be had is named in `missing.ndjson`. An archive that was cut off does not open.
    """
    return await export.sent(archive(export.dossier, export.moment), ZIP, "zip")


async def _caller(questions: Pages, caller: Principal) -> dict[str, Any]:
    if caller.user is None:
        return {"type": "service", "id": caller.service, "name": None}
    return await questions.head(f"user-{caller.user}")

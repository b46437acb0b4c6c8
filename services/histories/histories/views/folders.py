"""What was put into a folder by hand, for those who may see the folder and each thing in it (FOL-01)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from dossier.contracts.rules import NotFound
from dossier.mongo import ASCENDING, DESCENDING, Document
from histories.domain.documents import Entry
from histories.domain.rules import ADDRESSES
from histories.views.collections import IN_FOLDER, Collections
from histories.views.names import Names
from histories.views.readers import Reader
from histories.views.rows import ROW_FIELDS
from histories.views.wanted import Place

STRIDE = 200
"""Things in a folder that are looked at in one go."""
_ACTIVITY = "activity-"
_ACTIVITIES: Document = {"$gte": _ACTIVITY, "$lt": "activity."}
_TITLE = {"own.title": 1}


class Folders:
    """Questions of one reader about folders."""

    def __init__(self, collections: Collections, reader: Reader, user: str | None) -> None:
        self._collections = collections
        self._reader = reader
        self._user = user

    async def head(self, folder: str) -> dict[str, Any]:
        """The folder. Raises NotFound for one that is not there, or somebody else's own (KEY-06)."""
        stream = f"folder-{folder}"
        node = await self._collections.nodes.find_one({"_id": stream}, {"facts": 1})
        if node is None or stream in self._reader.parked or node["facts"].get("owner") not in (None, self._user):
            raise NotFound(folder)
        return {"type": "folder", "id": folder, "name": node["facts"].get("name")}

    async def activities(self, folder: str, place: Place, limit: int) -> list[Entry]:
        """Up to `limit` of its activities beyond a place, by age: the one that was recorded last comes first."""
        found: list[Entry] = []
        streams = [""]
        while streams and len(found) < limit:
            streams = await self._streams(folder, place, _ACTIVITIES)
            seen = {"$and": [{"_id": {"$in": streams}}, *self._reader.seen()]}
            entries = await self._collections.entries.find(seen, ROW_FIELDS).to_list(None) if streams else []
            found += sorted(cast("list[Entry]", entries), key=lambda entry: entry["_id"], reverse=not place.back)
            place = place._replace(after=streams[-1] if streams else None)
        return found[:limit]

    async def entries(self, folder: str, after: str, limit: int) -> list[dict[str, Any]]:
        """Up to `limit` things beyond this one, of all types, by type and id, each with its name or title."""
        found: list[dict[str, Any]] = []
        while len(found) < limit and (streams := await self._streams(folder, Place(after, back=True))):
            found += await self._told(streams)
            after = streams[-1]
        return found[:limit]

    async def _told(self, streams: Sequence[str]) -> list[dict[str, Any]]:
        """Those of these things that the reader may see; an engagement of which nobody has told yet may be anything."""
        activities = [each for each in streams if each.startswith(_ACTIVITY)]
        seen = {"$and": [{"_id": {"$in": activities}}, *self._reader.seen()]}
        titles = {each["_id"]: each["own"]["title"] async for each in self._collections.entries.find(seen, _TITLE)}
        names = Names(self._collections.nodes, self._reader)
        await names.load(set(streams) - set(activities))
        told = [names.reference(each) | {"name": titles.get(each) or names.name(each)} for each in streams]
        return [each for each in told if each["name"] is not None or f"{each['type']}-" in ADDRESSES]

    async def _streams(self, folder: str, place: Place, *entries: Document) -> list[str]:
        within: list[Document] = [{"facts.folder": folder}, *({"facts.entry": each} for each in entries)]
        if place.after is not None:
            within.append({"facts.entry": {"$gt" if place.back else "$lt": place.after}})
        lying = self._collections.nodes.find({"$and": within}, {"_id": 0, "facts.entry": 1}).hint(IN_FOLDER)
        ordered = lying.sort("facts.entry", ASCENDING if place.back else DESCENDING).limit(STRIDE)
        return [node["facts"]["entry"] for node in await ordered.to_list(None)]

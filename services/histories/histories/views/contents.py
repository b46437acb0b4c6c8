"""What is in documents: fetched from the service that keeps them, cut into passages, and put among an activity's words.

Events say which contents an activity has; the words of these are fetched when both are known, whichever came first. A
write is for the version of the activity's document that was read: if an event came in between, the document says anew
what it lacks. So nothing has to be remembered beside the documents, and a rebuild finds all contents again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import httpx
import msgspec

from dossier.clock import pause
from dossier.ids import split_stream
from dossier.mongo import Document, PyMongoError, ReplaceOne, aggregate, by_ids
from dossier.telemetry import logs
from histories.views.passages import passages_of, within
from histories.views.texts import WHOLE_TEXT, Texts, current, with_words
from histories.words import passages, stems

MOST_WORDS = 10_000
"""Stems of one document that are found: those of the first that it says, in order. A contract has some 3,000."""
MOST_WORDS_OF_ALL = 50_000
"""Stems of all documents of one activity together; the words of further documents are not found."""
AT_ONCE = 20
"""Passages whose stems are found before they are written."""
LOOK_SECONDS = 60.0
"""Between looks for what was touched while nobody listened."""
PAUSES = (0.5, 30.0)
"""How long to wait, and longest, while the service does not answer."""
log = logs.logger()

T = TypeVar("T")
Fetch = Callable[[str], Awaitable[str]]
"""The text of contents, or of an activity, by the stream; nothing if there is none. Raises httpx.HTTPError."""


class Answer(msgspec.Struct):
    """What the service answers that keeps the contents."""

    text: str


def fetch_from(url: str, http: httpx.AsyncClient) -> Fetch:
    """Contents as the activities service tells them to services that may read its feed."""

    async def fetch(stream: str) -> str:
        kind, identifier = split_stream(stream)
        of = f"activities/{identifier}/text" if kind == "activity" else f"contents/{identifier}"
        answer = await http.get(f"{url.rstrip('/')}/v1/{of}")
        if answer.status_code == 404:
            return ""  # taken away meanwhile
        said = answer.raise_for_status()
        return said.text if kind == "activity" else msgspec.json.decode(said.content, type=Answer).text

    return fetch


class Contents:
    """Keeps the contents of one generation of words."""

    def __init__(self, texts: Texts, fetch: Fetch) -> None:
        self._texts = texts
        self._fetch = fetch
        self._passages = passages_of(texts)
        self._touched: set[str] = set()
        self._bell = asyncio.Event()
        texts.touched = self._touch

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch what is lacking, until told to stop."""
        wait = PAUSES[0]
        look_at = 0.0
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            try:
                if loop.time() >= look_at:
                    self._touched |= await self._lacking()
                    look_at = loop.time() + LOOK_SECONDS
                await self._complete_touched(stop)
                wait = PAUSES[0]
            except (httpx.HTTPError, PyMongoError, msgspec.MsgspecError) as error:
                log.warning("contents.not-fetched", error=type(error).__name__)
                await pause(stop, wait)
                wait = min(2 * wait, PAUSES[1])
            else:
                await self._wait(stop)

    async def complete(self, activity: str) -> None:
        """Give the activity the words of its contents, as far as they can be had, and forget what it has no more.

        Raises httpx.HTTPError if the service does not answer.
        """
        documents = self._texts.documents
        while True:
            text = await documents.find_one({"_id": activity})
            if text is None or "contents" not in text:
                return
            lacking = await self._readable(text.get("unread", ()))
            for stream, outcome in lacking:
                text["contents"][stream] = await self._words(text, stream, outcome)
            await self._forget(activity, current(text))
            if not lacking:
                return
            before = {"_id": activity, "version": text["version"], "unread": text["unread"]}
            written = await documents.replace_one(before, with_words(text))
            if written.matched_count:
                return

    async def _complete_touched(self, stop: asyncio.Event) -> None:
        while self._touched and not stop.is_set():
            activity = self._touched.pop()
            try:
                await self.complete(activity)
            except BaseException:
                self._touched.add(activity)
                raise

    async def _wait(self, stop: asyncio.Event) -> None:
        """Until something is touched, or it is time to look."""
        stopping = asyncio.ensure_future(stop.wait())
        ringing = asyncio.ensure_future(self._bell.wait())
        await asyncio.wait({stopping, ringing}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        ringing.cancel()
        self._bell.clear()

    def _touch(self, activity: str) -> None:
        self._touched.add(activity)
        self._bell.set()

    async def _lacking(self) -> set[str]:
        """Activities that lack contents of which it is known that they were read."""
        documents = self._texts.documents
        known: Document = {"from": documents.name, "localField": "unread", "foreignField": "_id", "as": "known"}
        pipeline: list[Document] = [
            {"$match": {"unread": {"$exists": True}}},
            {"$lookup": {**known, "pipeline": [{"$project": {"_id": 1}}]}},
            {"$match": {"$or": [{"known": {"$ne": []}}, {"unread": {"$regex": f"^{WHOLE_TEXT}-"}}]}},
            {"$project": {"_id": 1}},
        ]
        found: list[Document] = await (await aggregate(documents, pipeline)).to_list(None)
        return {document["_id"] for document in found}

    async def _readable(self, unread: Sequence[str]) -> list[tuple[str, str]]:
        """Those of the contents that were read, each with what reading came to; nobody has to read a long text."""
        found = await by_ids(self._texts.documents, unread, {"outcome": 1})
        whole = [(stream, "read") for stream in unread if _is_text(stream)]
        return sorted(whole + [(contents, each["outcome"]) for contents, each in found.items()])

    async def _words(self, text: Document, stream: str, outcome: str) -> str:
        """The stems of contents, once their passages are there to be shown."""
        if outcome != "read":
            return ""
        said = await self._fetch(text["_id"] if _is_text(stream) else stream)
        room = MOST_WORDS_OF_ALL - len({word for held in text["contents"].values() for word in held.split()})
        words: dict[str, None] = {}
        for numbered in batched(enumerate(passages(said)), AT_ONCE):
            writes: list[ReplaceOne[Document]] = []
            for number, passage, here in await asyncio.to_thread(_read, numbered):
                words.update(dict.fromkeys(here))
                whole = {
                    "_id": f"{text['_id']}/{stream}/{number:05}",
                    "contents": stream,
                    "text": passage,
                    "words": here,
                }
                writes.append(ReplaceOne({"_id": whole["_id"]}, whole, upsert=True))
            await self._passages.bulk_write(writes, ordered=False)
        return " ".join(sorted(list(words)[: min(MOST_WORDS, max(room, 0))]))

    async def _forget(self, activity: str, current: Collection[str]) -> None:
        await self._passages.delete_many({**within(activity), "contents": {"$nin": list(current)}})


def _is_text(stream: str) -> bool:
    return split_stream(stream)[0] == WHOLE_TEXT


def _read(numbered: Iterable[tuple[int, str]]) -> list[tuple[int, str, list[str]]]:
    return [(number, passage, sorted(stems(passage))) for number, passage in numbered]


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of this size, the last one shorter."""
    remaining = iter(items)
    while part := list(islice(remaining, size)):
        yield part

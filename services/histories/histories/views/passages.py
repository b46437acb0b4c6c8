"""Passages of what documents say, for those activities that are asked about: where words and phrases are in them.

A phrase may begin in one passage and end in the next, so the end of each is read with the one that follows.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from dossier.mongo import ASCENDING, Document, aggregate, by_ids
from histories.sought import Phrase, Sought, phrases_in
from histories.views.texts import WHOLE_TEXT, Texts
from histories.words import stems_of

TAIL = 400
"""Characters of a passage that are read with the next one: twice as many as anybody may search for."""
BATCH = 100
"""Texts that are looked through before others have their turn."""
_SPACE = re.compile(r"\s")


class _Piece(NamedTuple):
    """A piece of contents that has a phrase."""

    contents: str
    phrase: Phrase
    text: str


def passages_of(texts: Texts) -> Any:
    """Where the passages are that belong to these words."""
    return texts.collection("passages")


def within(activity: str) -> Document:
    """The passages of an activity's documents."""
    return {"_id": {"$gt": f"{activity}/", "$lt": f"{activity}0"}}


async def passages_with(texts: Texts, activities: Sequence[str], sought: Sought) -> Mapping[str, Mapping[str, str]]:
    """For each activity of each of its documents, and of its long text, a passage to show.

    It is the first with a phrase, or else with a word.
    """
    told: defaultdict[str, dict[str, str]] = defaultdict(dict)
    if not activities:
        return told
    phrased: dict[str, str] = {}
    async for piece in _with_phrases(texts, activities, sought.phrases):
        phrased.setdefault(piece.contents, piece.text)
    said = await _with_words(texts, activities, sought.marked) | phrased
    for contents, (activity, document) in (await _current(texts, activities)).items():
        if contents in said:
            told[activity][document] = said[contents]
    return told


async def phrases_said(texts: Texts, activities: Sequence[str], phrases: Sequence[Phrase]) -> dict[str, set[Phrase]]:
    """For each activity those of the phrases that its documents have, by their newest versions."""
    found: defaultdict[str, set[Phrase]] = defaultdict(set)
    if activities:
        current = await _current(texts, activities)
        async for piece in _with_phrases(texts, activities, phrases):
            if piece.contents in current:
                found[current[piece.contents][0]].add(piece.phrase)
    return found


async def _current(texts: Texts, activities: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Contents of newest versions, each with its activity and document: older passages may still be there."""
    found = await by_ids(texts.documents, activities, {"files": 1, "whole_text": 1})
    long = {text["whole_text"]: (activity, WHOLE_TEXT) for activity, text in found.items() if "whole_text" in text}
    return long | {
        file["contents"]: (activity, document)
        for activity, text in found.items()
        for document, file in text.get("files", {}).items()
    }


async def _with_words(texts: Texts, activities: Sequence[str], wanted: Collection[str]) -> dict[str, str]:
    """Of each contents the first passage that has one of the stems."""
    if not wanted:
        return {}
    pipeline: list[Document] = [
        {"$match": _having(activities, wanted)},
        {"$sort": {"_id": ASCENDING}},
        {"$group": {"_id": "$contents", "text": {"$first": "$text"}}},
    ]
    found: list[Document] = await (await aggregate(passages_of(texts), pipeline)).to_list(None)
    return {each["_id"]: each["text"] for each in found}


async def _with_phrases(texts: Texts, activities: Sequence[str], phrases: Sequence[Phrase]) -> AsyncIterator[_Piece]:
    """Pieces that have a phrase, in order. Where its first or its last word is missing, none begins or ends."""
    if not phrases:
        return
    ends = {stem for phrase in phrases for word in (phrase[0], phrase[-1]) for stem in stems_of(word)}
    found = passages_of(texts).find(_having(activities, ends), {"contents": 1, "text": 1})
    next_one, tail = "", ""
    async for passage in found.sort("_id", ASCENDING).batch_size(BATCH):
        text = tail + passage["text"] if passage["_id"] == next_one else passage["text"]
        for phrase in phrases_in(text, phrases):
            yield _Piece(passage["contents"], phrase, text)
        next_one, tail = _following(passage["_id"]), _tail(passage["text"])


def _having(activities: Sequence[str], stems: Collection[str]) -> Document:
    return {"$or": [within(each) for each in activities], "words": {"$in": sorted(stems)}}


def _following(passage: str) -> str:
    contents, _, number = passage.rpartition("/")
    return f"{contents}/{int(number) + 1:05}"


def _tail(text: str) -> str:
    """The end of a passage, from the beginning of a word."""
    return text if len(text) <= TAIL else _SPACE.split(text[-TAIL:], maxsplit=1)[-1]

"""Checksums of collections that do not depend on the order of documents or fields, and what differs between two."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from dossier.mongo import ASCENDING, Collection, Document, decoded, undecoded

_BYTES = 16
_MODULUS = 1 << (8 * _BYTES)
_CHUNK = 500
_ENCODER = msgspec.json.Encoder(enc_hook=str, order="deterministic")


class Checksum(NamedTuple):
    """The number of documents and the sum of their digests, as hexadecimal digits."""

    documents: int
    digest: str


def digest_of(document: Document) -> int:
    """A number for the document's content; the order of fields does not matter, that of list items does."""
    return int.from_bytes(hashlib.blake2b(_ENCODER.encode(document), digest_size=_BYTES).digest(), "big")


def checksum_of(documents: Iterable[Document]) -> Checksum:
    """The checksum of documents that are at hand."""
    digests = [digest_of(document) for document in documents]
    return Checksum(len(digests), _hexadecimal(sum(digests)))


async def checksum(collection: Collection) -> Checksum:
    """The checksum of a whole collection."""
    count = total = 0
    async for document in collection.find({}):
        count, total = count + 1, total + digest_of(document)
    return Checksum(count, _hexadecimal(total))


async def checksums(collections: Iterable[Collection]) -> dict[str, Checksum]:
    """The checksums of several collections, by their names."""
    return {collection.name: await checksum(collection) for collection in collections}


async def differences(left: Collection, right: Collection, without: Iterable[str] = ()) -> list[Any]:
    """The ids of documents that are in one of the two only, or not equal in both, `without` these fields.

    Most are the same bytes, and need no digest.
    """
    found: list[Any] = []
    fields = dict.fromkeys(without, 0)
    lefts, rights = _in_order(left, fields), _in_order(right, fields)
    one, other = await anext(lefts, None), await anext(rights, None)
    while one or other:
        if other is None or (one is not None and one[0] < other[0]):
            assert one is not None
            found.append(one[0])
            one = await anext(lefts, None)
        elif one is None or other[0] < one[0]:
            found.append(other[0])
            other = await anext(rights, None)
        else:
            if one[1] != other[1] and _digest(one[1]) != _digest(other[1]):
                found.append(one[0])
            one, other = await anext(lefts, None), await anext(rights, None)
    return found


async def still_different(
    left: Collection, right: Collection, ids: Iterable[Any], without: Iterable[str] = ()
) -> dict[Any, tuple[Any, Any]]:
    """Those of the ids whose documents are still not equal in both collections, with the digests of the two."""
    found: dict[Any, tuple[Any, Any]] = {}
    left_over, fields = iter(ids), dict.fromkeys(without, 0)
    while chunk := list(islice(left_over, _CHUNK)):
        lefts, rights = await _some(left, chunk, fields), await _some(right, chunk, fields)
        pairs = {identity: (lefts.get(identity), rights.get(identity)) for identity in chunk}
        found.update({identity: pair for identity, pair in pairs.items() if pair[0] != pair[1]})
    return found


async def _in_order(collection: Collection, fields: Mapping[str, int]) -> AsyncIterator[tuple[Any, bytes]]:
    async for document in undecoded(collection).find({}, fields).sort("_id", ASCENDING):
        yield document["_id"], bytes(document.raw)


def _digest(raw: bytes) -> int:
    (document,) = decoded(raw)
    return digest_of(document)


async def _some(collection: Collection, ids: Sequence[Any], fields: Mapping[str, int]) -> dict[Any, int]:
    found = collection.find({"_id": {"$in": ids}}, fields)
    return {document["_id"]: digest_of(document) async for document in found}


def _hexadecimal(total: int) -> str:
    return f"{total % _MODULUS:0{2 * _BYTES}x}"

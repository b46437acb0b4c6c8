"""A document on its way out: to be saved, never to be run in the name of this site, whole or a part of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from activities.domain.documents import Version
from dossier.file_names import attachment
from dossier.files import MissingFileError, StoredFiles
from dossier.http.problems import Problem, not_found

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


async def outgoing(request: Request, version: Version, name: str, files: StoredFiles) -> Response:
    """The bytes of a version, or of the one range that is asked for (RFC 9110); 304 if the caller has them."""
    file = version.file
    headers = attachment(name) | {"Accept-Ranges": "bytes", "ETag": f'"{file.sha256}"'}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if known & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    start, stop, partial = 0, file.size, False
    if request.headers.get("if-range", headers["ETag"]) == headers["ETag"]:
        wanted = _RANGE.fullmatch(request.headers.get("range", ""))
        if wanted is not None and (wanted[1] or wanted[2]):
            start, stop = _range(wanted[1], wanted[2], file.size)
            partial = True
    try:
        parts = await files.open(file.stored_object, start, stop)
    except MissingFileError:
        raise not_found("document") from None
    # As a header, because the framework would claim to know how a text is encoded.
    headers |= {"Content-Type": file.media_type, "Content-Length": str(stop - start)}
    if partial:
        headers |= {"Content-Range": f"bytes {start}-{stop - 1}/{file.size}"}
    return StreamingResponse(parts, 206 if partial else 200, headers)


def _range(first: str, last: str, size: int) -> tuple[int, int]:
    """From where to before where. Raises Problem 416 if nothing lies there."""
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if start >= stop:
        headers: Mapping[str, str] = {"Content-Range": f"bytes */{size}"}
        detail = f"The document has {size} bytes."
        raise Problem(416, "range", "No such range", detail, rule="range", field="Range", headers=headers)
    return start, stop

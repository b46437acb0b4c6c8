"""Documents of the demo: an offer in two versions and the minutes of a meeting, with the company to look at first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from dossier.demo.basis import Call, File
from dossier.demo.cast import Cast

_OFFER, _MINUTES = "Offerte.pdf", "Protokoll.txt"
_AUTHOR = "anna"


def activities(cast: Cast) -> Iterator[Call]:
    """What the documents hang on."""
    for name, kind, title, days in ((_OFFER, "document", "Offerte", 20), (_MINUTES, "meeting", "Besprechung", 12)):
        body: dict[str, Any] = {
            "id": _activity(cast, name),
            "kind": kind,
            "title": title,
            "occurred_on": (cast.today - timedelta(days=days)).isoformat(),
            "address": {"type": "company", "id": cast.shown},
        }
        yield Call("activities", "/v1/activities", body, _AUTHOR)


def documents(cast: Cast) -> Iterator[Call]:
    """The documents in their first version."""
    minutes = "Besprechung vor Ort\n\n- Das Dach wird zuerst gemacht.\n- Beginn im Mai.\n"
    for name, content in ((_OFFER, _pdf("Offerte: CHF 24 800")), (_MINUTES, minutes.encode())):
        path = f"{_path(cast, name)}?document={_document(cast, name)}"
        yield Call("activities", path, None, _AUTHOR, file=File(name, content))


def versions(cast: Cast) -> Iterator[Call]:
    """The offer once more, cheaper."""
    path = f"{_path(cast, _OFFER)}/{_document(cast, _OFFER)}/versions?based_on=1"
    yield Call("activities", path, None, _AUTHOR, file=File(_OFFER, _pdf("Offerte: CHF 23 900")))


def _activity(cast: Cast, name: str) -> str:
    return cast.id("activity", name)


def _document(cast: Cast, name: str) -> str:
    return cast.id("document", name)


def _path(cast: Cast, name: str) -> str:
    return f"/v1/activities/{_activity(cast, name)}/documents"


def _pdf(line: str) -> bytes:
    """A page with one line of plain text."""
    drawn = f"BT /F1 18 Tf 72 760 Td ({line}) Tj ET"
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        f" /Resources << /Font << /F1 {font} >> >> >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
    ]
    written, places = "%PDF-1.4\n", list[int]()
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
    return f"{written}xref\n0 {size}\n0000000000 65535 f \n{table}{end}".encode()

"""Where documents lie in the archive: names that are safe on every system, and no two alike on any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dossier.contracts.rules import RuleViolation
from dossier.file_names import named_after

FOLDER_BYTES, NAME_BYTES = 60, 100
"""Windows takes paths of 260 characters altogether, and the archive is unpacked somewhere."""


def folder(number: int, day: str, title: str) -> str:
    """The folder of an activity's documents: by its number no other has the same name."""
    return f"documents/{number:04} {_safe(f'{day} {title}', FOLDER_BYTES, day)}"


def paths(folder: str, names: Iterable[str]) -> Iterator[str]:
    """A path in the folder for each name; one that is taken, in whatever case, is numbered."""
    taken = set[str]()
    for given in names:
        name = kept = _safe(given, NAME_BYTES, "document")
        number = 1
        while kept.casefold() in taken:
            number += 1
            kept = _numbered(name, number)
        taken.add(kept.casefold())
        yield f"{folder}/{kept}"


def _safe(given: str, most_bytes: int, otherwise: str) -> str:
    try:
        return named_after(given, most_bytes)
    except RuleViolation:
        return otherwise


def _numbered(name: str, number: int) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem} ({number}).{ending}" if stem and dot else f"{name} ({number})"

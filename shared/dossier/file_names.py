"""Names of files that are safe wherever somebody saves them (ACT-DOC), and how a download says its own."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from dossier.contracts.rules import RuleViolation

MOST_BYTES = 240
"""File systems take 255 bytes, and those who save a second copy add a number."""
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)")
_LONGEST_ENDING = 16


def safe_name(given: str, most_bytes: int = MOST_BYTES) -> str:
    """The name as it is kept: without a path, without characters that cannot be seen or that turn text round.

    What systems cannot store becomes `_`, and a name over `most_bytes` is cut before its ending. Raises RuleViolation
    ACT-DOC if nothing is left of it.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    # C holds controls, the marks that turn the direction of text, halves of surrogate pairs, and what is unassigned.
    visible = "".join(" " if each.isspace() else each for each in last if not _hidden(each))
    name = _FORBIDDEN.sub("_", " ".join(visible.split())).strip(" .")
    if not name:
        raise RuleViolation("ACT-DOC", "a file name is needed", "name")
    return _cut(_DEVICE.sub(r"_\1", name) if _DEVICE.match(name) else name, most_bytes)


def named_after(title: str, most_bytes: int = MOST_BYTES) -> str:
    """The safe name of a file that is called like something: a title is no path, what is before a slash belongs to it.

    Raises RuleViolation as `safe_name`.
    """
    return safe_name(re.sub(r"[/\\]", "_", title), most_bytes)


def require_safe(name: str) -> None:
    """Raise RuleViolation ACT-DOC if a name that a person typed would not be kept as it is."""
    if safe_name(name) != name:
        raise RuleViolation("ACT-DOC", "the name holds what not every system can store", "name")


def attachment(name: str) -> dict[str, str]:
    """Headers of a download: saved under this name, by browsers that know RFC 8187 and by others, and never run here.

    The body is what its type says, nobody's cache keeps it unasked, and nothing in it may act in the name of the site.
    """
    plain = re.sub(r'[^ -~]|["\\%]', "_", name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
    }


def _hidden(character: str) -> bool:
    return unicodedata.category(character).startswith("C") and not character.isspace()


def _cut(name: str, most_bytes: int) -> str:
    if len(name.encode()) <= most_bytes:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    room = most_bytes - len((dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(" .") + dot + ending

"""Office files: XML parts in a ZIP. Their text is gathered as it is read, and no tree of it is ever in memory.

The libraries that write such files build trees of them, and pass by text boxes, foot notes, headers and comments. Here
every part that holds text is read once, from its beginning to its end; entities and DTDs are refused (defusedxml).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from defusedxml.ElementTree import DefusedXMLParser

from activities.contents.model import Encrypted, Text, Wordless

_CHUNK = 1 << 16
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"word/(document|header|footer|footnotes|endnotes|comments)\d*\.xml")
_SLIDES = re.compile(r"ppt/(slides/slide|notesSlides/notesSlide|comments/\w*)\d*\.xml")
_SHEETS = re.compile(r"xl/(sharedStrings|worksheets/sheet\d*|comments\d*|drawings/drawing\d*)\.xml")
_OPEN = re.compile(r"content\.xml|styles\.xml")
_FORMATS: Mapping[str, re.Pattern[str]] = {"word/": _WORD, "ppt/": _SLIDES, "xl/": _SHEETS}
_ENCRYPTED = 1
"""The flag of a part of a ZIP that needs a password."""
_SAID = frozenset({"t", "v"})
_LINES = frozenset({"p", "si", "c", "br", "cr", "h", "line-break"})
_UNSAID = frozenset({"rPh", "tracked-changes"})
"""How a word is pronounced, and what was deleted."""


class _Office:
    """Gathers text elements of OOXML (`t`), and numbers and results of cells (`v`) that are not references."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._unsaid = 0
        self._saying = 0
        self._cell = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        name = _local(tag)
        self._unsaid += name in _UNSAID
        if name == "c":
            self._cell = attributes.get("t", "n")
        self._saying += self._says(name)

    def end(self, tag: str) -> None:
        """An element ends."""
        name = _local(tag)
        self._unsaid -= name in _UNSAID
        self._saying -= self._says(name)
        if name == "tab":
            self._text.add(" ")
        elif name in _LINES:
            self._text.end_line()

    def data(self, data: str) -> None:
        """Characters inside an element."""
        if self._saying and not self._unsaid:
            self._text.add(data)

    def close(self) -> None:
        """The part ends."""

    def _says(self, name: str) -> bool:
        return name in _SAID and (name == "t" or self._cell in ("n", "str"))


class _OpenDocument(_Office):
    """Gathers all characters of paragraphs and headings."""

    def _says(self, name: str) -> bool:
        return name in ("p", "h")


def read_office(raw: bytes, text: Text) -> None:
    """Read a DOCX, XLSX, PPTX, ODT, ODS or ODP. Raises Encrypted, Enough, TooLarge, Wordless if it is none of them, and
    what reading a broken one raises."""
    with ZipFile(BytesIO(raw)) as archive:
        names = archive.namelist()
        for prefix, wanted in _FORMATS.items():
            if found := _parts(names, wanted):
                return _read(archive, found, lambda: _Office(text), text)
            if any(name.startswith(prefix) for name in names):
                raise ValueError("without its main part")
        if "content.xml" not in names or "META-INF/manifest.xml" not in names:
            raise Wordless
        with archive.open("META-INF/manifest.xml") as manifest:
            if b"encryption-data" in manifest.read(_CHUNK):
                raise Encrypted
        return _read(archive, _parts(names, _OPEN), lambda: _OpenDocument(text), text)


def _parts(names: Iterable[str], wanted: re.Pattern[str]) -> list[str]:
    """The parts that hold text, each once, slide 10 after slide 9."""
    found = {name for name in names if wanted.fullmatch(name)}
    return sorted(found, key=lambda name: (_NUMBER.sub("", name), int((_NUMBER.findall(name) or ["0"])[-1]), name))


def _read(archive: ZipFile, names: Iterable[str], target: Callable[[], _Office], text: Text) -> None:
    for name in names:
        if archive.getinfo(name).flag_bits & _ENCRYPTED:
            raise Encrypted
        parser: Any = DefusedXMLParser(target=target(), forbid_dtd=True)
        with archive.open(name) as part:
            while chunk := part.read(_CHUNK):
                text.unpack(len(chunk))
                text.check()
                parser.feed(chunk)
        parser.close()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]

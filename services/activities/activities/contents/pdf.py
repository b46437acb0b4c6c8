"""PDF files."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader

from activities.contents.model import Encrypted, Text


def read_pdf(raw: bytes, text: Text) -> None:
    """Read a PDF page by page. Raises Encrypted, Enough, and what reading a broken one raises.

    A page that is broken is passed by if others can be read.
    """
    reader = PdfReader(BytesIO(raw))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Encrypted
    broken: Exception | None = None
    read = 0
    for page in reader.pages:
        text.check()
        try:
            said = page.extract_text()
        except (MemoryError, RecursionError):
            raise
        except Exception as error:
            broken = error
            continue
        text.add(said)
        text.end_line()
        read += 1
    if broken is not None and not read:
        raise broken

"""Documents as people send them, made by the libraries that others make them with, and such as nobody should send."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import openpyxl
import pptx
from pypdf import PdfReader, PdfWriter

MEGABYTE = 1 << 20


def pdf(*pages: str, content: bytes | None = None, repeated: int = 1) -> bytes:
    """A PDF with a line of text on each page; `content` of all pages instead; `repeated` pages are the same object."""
    streams = [content] if content is not None else [b"BT /F1 12 Tf 50 700 Td (%b) Tj ET" % _escaped(p) for p in pages]
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(streams)) for _ in range(repeated))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, len(streams) * repeated),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, stream in enumerate(streams):
        packed = zlib.compress(stream)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % (5 + 2 * number)
        )
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed))
    return _assembled(objects)


def _escaped(text: str) -> bytes:
    return text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _assembled(objects: Sequence[bytes]) -> bytes:
    made, offsets = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, content in enumerate(objects, 1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    made += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(made)


def encrypted_pdf(text: str, password: str, algorithm: str = "AES-256") -> bytes:
    """A PDF that is opened with a password; an empty one stands for a file that only restricts printing."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf(text))))
    writer.encrypt(password, "owner", algorithm=algorithm)
    return _written(writer.write)


def slow_pdf() -> bytes:
    """A small PDF that takes its reader hours: 20,000 pages of lines and curves that say nothing."""
    return pdf(content=b"0 0 m 1 1 l S\n" * 100_000, repeated=20_000)


def word(*paragraphs: str, cell: str = "", header: str = "") -> bytes:
    """A DOCX with paragraphs, a table of one cell, and a header."""
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.add_table(1, 1).cell(0, 0).text = cell
    document.sections[0].header.paragraphs[0].text = header
    return _written(document.save)


def sheet(*rows: Sequence[Any]) -> bytes:
    """An XLSX with these rows."""
    book = openpyxl.Workbook()
    page: Any = book.active
    for row in rows:
        page.append(row)
    return _written(book.save)


def slides(*titles: str, note: str = "") -> bytes:
    """A PPTX with a slide for each title; the last one has a note."""
    presentation = pptx.Presentation()
    for title in titles:
        slide: Any = presentation.slides.add_slide(presentation.slide_layouts[0])
        slide.shapes.title.text = title
        if title == titles[-1]:
            slide.notes_slide.notes_text_frame.text = note
    return _written(presentation.save)


def open_text(*paragraphs: str, manifest: str = "") -> bytes:
    """An ODT with paragraphs."""
    spaces = 'xmlns:office="urn:o:office" xmlns:text="urn:o:text"'
    said = "".join(f"<text:p>{paragraph}</text:p>" for paragraph in paragraphs)
    content = f"<office:document-content {spaces}><office:body><office:text>{said}</office:text></office:body>"
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f"{content}</office:document-content>",
        "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>",
    }
    return zipped({name: text.encode() for name, text in parts.items()})


def mail(subject: str, text: str, html: str = "", **attached: bytes) -> bytes:
    """An EML with a text, another in HTML, and attachments: `offer_pdf` is `offer.pdf`."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "Eva Müller <eva@acme.example>", "ben@house.example"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content in attached.items():
        file_name = name.replace("_", ".")
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=file_name)
    return message.as_bytes()


def zipped(parts: dict[str, bytes]) -> bytes:
    """A ZIP of these parts."""

    def write(target: BytesIO) -> None:
        with ZipFile(target, "w", ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)

    return _written(write)


def zip_bomb(megabytes: int = 300) -> bytes:
    """A DOCX of some megabytes that is a thousand times as large when it is unpacked."""

    def write(target: BytesIO) -> None:
        with ZipFile(target, "w", ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as part:
            part.write(b"<document>")
            for _ in range(megabytes):
                part.write(b" " * MEGABYTE)

    return _written(write)


def entity_bomb() -> bytes:
    """A DOCX whose text grows to gigabytes from entities within entities."""
    nested = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE d [<!ENTITY e0 "lol">{nested}]><document><t>&e11;</t></document>'
    return zipped({"word/document.xml": bomb.encode()})


def deep_word(depth: int = 1_000_000) -> bytes:
    """A DOCX with a million elements in one another."""
    return zipped({"word/document.xml": b"<p>" * depth + b"<t>bottom</t>" + b"</p>" * depth})


def _written(write: Callable[[BytesIO], Any]) -> bytes:
    target = BytesIO()
    write(target)
    return target.getvalue()

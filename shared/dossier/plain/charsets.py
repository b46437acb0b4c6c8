"""From bytes to text: charset labels go through an allow-list, never straight into a codec look-up.

`unicode_escape` and `punycode` are codecs too; a label may be missing, wrong or invented. The ladder: byte-order mark,
known label strictly, UTF-8 if valid, detection on longer texts, windows-1252 with replacement.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

_DETECT_FROM, _DETECT_MOST = 64, 64 * 1024

_ALIASES = {
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb18030": "gb18030", "hz-gb-2312": "hz",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "euc-kr": "cp949", "cp949": "cp949", "iso-2022-kr": "iso2022_kr",
    "shift_jis": "cp932", "x-sjis": "cp932", "sjis": "cp932", "windows-31j": "cp932", "cp932": "cp932",
    "euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp_ext", "iso-2022-jp-ms": "iso2022_jp_ext", "big5": "big5hkscs",
    "latin1": "cp1252", "latin-1": "cp1252", "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "ansi": "cp1252",
    "us-ascii": "ascii", "ascii": "ascii", "ansi_x3.4-1968": "ascii", "utf-8": "utf-8", "utf8": "utf-8",
    "uft-8": "utf-8", "utf8mb4": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf-7": "utf-7", "utf-16": "utf-16",
    "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "utf-32": "utf-32", "koi8-r": "koi8_r", "koi8-u": "koi8_u",
    "macintosh": "mac_roman", "x-mac-roman": "mac_roman", "tis-620": "cp874", "iso-8859-11": "cp874",
    "iso-8859-8-i": "iso8859_8", "iso-8859-9": "cp1254",
}  # fmt: skip
_FAMILIES = (
    (re.compile(r"^(?:windows|win|cp|ibm|x-cp)-?(\d{3,4})$"), "cp"),
    (re.compile(r"^iso[-_]?8859[-_](\d{1,2})"), "iso8859_"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def codec_for(label: str) -> str | None:
    """The codec of a charset label, or None for a label that is unknown or not to be followed."""
    name = re.split(r"[\s,;\"']", label.strip().strip("\"'").lower(), maxsplit=1)[0]
    if name in _ALIASES:
        return _ALIASES[name]
    for pattern, prefix in _FAMILIES:
        if found := pattern.match(name):
            return _existing(prefix + found[1])
    return None


def _existing(codec: str) -> str | None:
    try:
        codecs.lookup(codec)
    except LookupError:
        return None
    return codec


def to_text(raw: bytes, label: str = "") -> tuple[str, str]:
    """The text and the name of the step of the ladder that won."""
    for mark, codec in _BOMS:
        if raw.startswith(mark) and (text := _strict(raw, codec)) is not None:
            return text, "bom"
    codec = codec_for(label) if label else "ascii"
    if codec and (text := _strict(raw, codec)) is not None:
        return text, "label"
    if (text := _strict(raw, "utf-8")) is not None:
        return text, "utf-8"
    if len(raw) >= _DETECT_FROM and (best := from_bytes(raw[:_DETECT_MOST]).best()) is not None:
        guess = codec_for(best.encoding.replace("_", "-")) or codec_for(best.encoding)
        if guess and (text := _strict(raw, guess)) is not None:
            return text, "detected"
    return raw.decode("cp1252", "replace"), "replaced"


def _strict(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except (UnicodeError, ValueError):
        return None

"""Readable text of HTML, in one pass: nothing in it is fetched, and no nesting or missing end makes it slow.

The standard library's parser takes quadratic time for what has no end (a comment, a tag, a quoted value). Here, as in
browsers, what has no end goes on to the end of the text, so that every character is looked at once.
"""

from __future__ import annotations

import re
from html import unescape

_MARKUP = re.compile(
    r"""<!--(?:-?>|.*?(?:--!?>|\Z))                                  # a comment
      | <[!?][^>]*+(?:>|\Z)                                          # a declaration
      | <(?P<end>/?)(?P<tag>[a-z][^\s/>]*+)                           # a tag, in whose quoted values a > is no end
        (?:[^>=]++ | =\s*+(?:"[^"]*+(?:"|\Z) | '[^']*+(?:'|\Z))?+)*+ (?:>|\Z)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_RAW = {
    tag: re.compile(rf"</{tag}(?=[\s/>])", re.IGNORECASE)
    for tag in ("script", "style", "title", "textarea", "xmp", "iframe", "noframes")
}
"""Elements that hold text, not markup, until their own end."""
_SILENT = frozenset({"head", "noscript", "template"})
_BLOCKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "pre"})
_ENDLESS_NUMBER = re.compile(r"&#0*\d{8,};?")


def html_to_text(html: str) -> str:
    """Text without scripts, styles and comments, block ends as line ends."""
    parts: list[str] = []
    silent = position = 0
    while (markup := _MARKUP.search(html, position)) is not None:
        if not silent:
            parts.append(_characters(html[position : markup.start()]))
        position = markup.end()
        tag = (markup["tag"] or "").lower()
        if tag in _RAW and not markup["end"]:
            closing = _RAW[tag].search(html, position)
            position = closing.start() if closing else len(html)
        elif tag in _SILENT:
            silent = max(0, silent - 1) if markup["end"] else silent + 1
        elif tag == "body":
            silent = 0  # a head without an end ends here
        elif tag in _BLOCKS:
            parts.append("\n")
    if not silent:
        parts.append(_characters(html[position:]))
    return "\n".join(" ".join(line.split()) for line in "".join(parts).split("\n"))


def _characters(text: str) -> str:
    return unescape(_ENDLESS_NUMBER.sub("\ufffd", text)) if "&" in text else text

"""Names as they are compared: without capitals, accents and the two ways to write an umlaut."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_SPELT_OUT = {"ae": "a", "oe": "o", "ue": "u"}
_PAIR = re.compile("ae|oe|ue")


def folded_words(*names: str) -> list[str]:
    """The words of the names, each once: Müller, Mueller and Muller are one. Letters and digits only."""
    text = unicodedata.normalize("NFKD", " ".join(names).casefold())
    plain = "".join(letter for letter in text if not unicodedata.combining(letter))
    folded = _PAIR.sub(lambda pair: _SPELT_OUT[pair[0]], plain)
    return list(dict.fromkeys(_WORD.findall(folded)))

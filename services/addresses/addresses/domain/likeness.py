"""When two names are alike (DUP-04 to DUP-07): contained in each other's writing, whatever case, umlaut or accent.

A name has one or two *forms*: as written but for case, and folded (`Müller`, `Mueller` and `Muller` fold alike). What
is typed is like a name if one of its forms is contained in a form of the name. To find that by an index, every ending
of every form is a *key* of the name: a text is contained where an ending begins with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

LONGEST_KEY = 24
"""Characters of an ending that are in the index; longer typed text is compared with the form itself."""
_UMLAUTS = re.compile(r"(?<=[aou])e(?=[^\Waeiou])")
"""The `e` that stands for two dots. Before another vowel or at the end it is heard: Zoe is not Zo."""
_AND = re.compile(r"(?<=\w)(?:\s*[&+]\s*|\s+(?:und|and)\s+)(?=\w)", re.IGNORECASE)
"""The word between two names of a company, however it is written. As a sign it folds to nothing."""
_APART = re.compile(r"[\W_]+")
_OTHERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "a", "œ": "o", "ı": "i", "þ": "th", "ð": "d"})


def written(name: str) -> str:
    """As written, but for case and the width of spaces."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def folded(name: str) -> str:
    """Without case, accents and punctuation, and with umlauts as their vowels, however they are written."""
    decomposed = unicodedata.normalize("NFKD", name.casefold()).translate(_OTHERS)
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return _UMLAUTS.sub("", _APART.sub(" ", plain.replace(".", "")).strip())


def forms(name: str) -> tuple[str, ...]:
    """The forms of a name, none of them empty, the written one first."""
    return tuple(form for form in dict.fromkeys((written(name), folded(name))) if form)


def asked(name: str) -> tuple[str, ...]:
    """The forms in which a typed name is looked for: its own, and those with the other words for "and"."""
    others = [_AND.sub(word, name) for word in (" & ", " und ", " and ")] if _AND.search(name) else []
    return tuple(dict.fromkeys((*forms(name), *filter(None, map(folded, others)))))


def contains(names: Iterable[str], typed: str) -> bool:
    """Whether what is typed is contained in one of the names."""
    wanted = asked(typed)
    return any(part in form for name in names for form in forms(name) for part in wanted)


def same(name: str, typed: str) -> bool:
    """Whether the two are one name, however it is written."""
    return folded(name) == folded(typed) or folded(name) in asked(typed)


def endings(forms_of_names: Iterable[str]) -> Iterator[str]:
    """Every ending of the forms, cut to the length that is in the index."""
    for form in forms_of_names:
        for start in range(len(form)):
            yield form[start : start + LONGEST_KEY]


def human(last_name: str, first_name: str) -> str | None:
    """The one key of a human's whole name; none where a part of it is missing (DUP-05)."""
    last, first = folded(last_name), folded(first_name)
    return f"{last}\n{first}" if last and first else None

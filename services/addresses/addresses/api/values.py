"""Types of fields whose values are checked against a standard. A refusal names its rule and never repeats the value."""

from __future__ import annotations

from typing import Annotated

import pycountry
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from stdnum import bic, iban
from stdnum.exceptions import ValidationError

from dossier.contracts.addresses import GENDER_PATTERN

COUNTRIES = frozenset(country.alpha_2 for country in pycountry.countries) | {"XK"}
"""Codes of ISO 3166. XK is left to its users there, and post, banks and the EU use it for Kosovo."""
LANGUAGES = frozenset(language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2"))
"""Codes of ISO 639-1."""


def _country(code: str) -> str:
    if code not in COUNTRIES:
        raise PydanticCustomError("POS-02", "must be a country of ISO 3166")
    return code


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise PydanticCustomError("language", "must be a language of ISO 639-1")
    return code


def _iban(number: str) -> str:
    try:
        return iban.validate(number)
    except ValidationError:
        raise PydanticCustomError("iban", "must be an IBAN") from None


def _bic(code: str) -> str:
    try:
        return bic.validate(code) if code else code
    except ValidationError:
        raise PydanticCustomError("bic", "must be a BIC") from None


Country = Annotated[
    str,
    Field(pattern="^[A-Z]{2}$", description="ISO 3166 code of two letters", examples=["CH"]),
    AfterValidator(_country),
]
Language = Annotated[
    str,
    Field(pattern="^[a-z]{2}$", description="ISO 639-1 code of two letters", examples=["de"]),
    AfterValidator(_language),
]
Gender = Annotated[
    str,
    Field(
        pattern=GENDER_PATTERN,
        description="male, female, unspecified, or one of the installation's own words",
        examples=["female"],
    ),
]
Iban = Annotated[
    str,
    Field(max_length=42, description="Kept without space", examples=["CH93 0076 2011 6238 5295 7"]),
    AfterValidator(_iban),
]
Bic = Annotated[str, Field(max_length=15, examples=["UBSWCHZH80A"]), AfterValidator(_bic)]

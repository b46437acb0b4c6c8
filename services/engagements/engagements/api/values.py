"""Types of fields whose values are checked against a standard. A refusal names its rule and never repeats the value."""

from __future__ import annotations

from typing import Annotated

import pycountry
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

CURRENCIES = frozenset(currency.alpha_3 for currency in pycountry.currencies)
"""Codes of ISO 4217 that are in use."""


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise PydanticCustomError("iso_4217", "must be a currency of ISO 4217")
    return code


def _no_number(value: object) -> object:
    if isinstance(value, (int, float)):
        raise PydanticCustomError("type", 'must be text, such as "25000.00", so that no digit is lost')
    return value


AsText = BeforeValidator(_no_number)
"""Of amounts: JSON's numbers are read as binary fractions."""
CurrencyForm = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217", examples=["CHF"])]
"""Three letters: what other systems send may be a currency of the past."""
Currency = Annotated[CurrencyForm, AfterValidator(_currency)]

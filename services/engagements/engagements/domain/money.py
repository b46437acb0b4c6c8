"""Amounts of money: decimal, to the cent, with their currency."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from dossier.contracts.rules import RuleViolation

_CENT = Decimal("0.01")


def weighted(amount: Decimal, probability: int) -> Decimal:
    """The amount times the probability in percent, rounded half up to cents (OPP-04)."""
    return (amount * probability / 100).quantize(_CENT, ROUND_HALF_UP)


def require_currency(amount: Decimal | None, currency: str | None) -> None:
    """An amount has a currency, and a currency is one of an amount. Raises RuleViolation OPP-04."""
    if amount is not None and currency is None:
        raise RuleViolation("OPP-04", "an amount needs a currency", "currency")
    if amount is None and currency is not None:
        raise RuleViolation("OPP-04", "a currency needs an amount", "amount")

"""Requests and answers about opportunities. Amounts are text, so that no digit is lost; probabilities in percent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dossier.contracts.base import Id
from dossier.contracts.common import AddressRef
from dossier.contracts.engagements import Outcome
from dossier.http.field_errors import form
from dossier.http.models import Answer, Changes, Request
from engagements.api.list_models import Percent
from engagements.api.models import (
    Address,
    Code,
    Leader,
    NamedAddress,
    Notice,
    OwnId,
    RestrictionView,
    Title,
    shown_restriction,
)
from engagements.api.sight import Seen
from engagements.api.values import AsText, Currency
from engagements.domain.opportunity import Opportunity

_AMOUNT = form(r"^[0-9]{1,13}(\.[0-9]{1,2})?$", "an amount such as 12500.50, with at most 13 digits and two decimals")
AmountText = Annotated[str, AsText, Field(pattern=_AMOUNT, examples=["12500.50"])]
Remarks = Annotated[str, Field(max_length=10_000)]
Reason = Annotated[str, Field(max_length=1000)]
_CENT = Decimal("0.01")


def amount_of(text: str) -> Decimal:
    """The amount that a text of the right form says, to the cent."""
    return Decimal(text).quantize(_CENT) + Decimal(0)


def facts_of(body: Request) -> dict[str, Any]:
    """The facts that a request sends, as events carry them."""
    facts = body.model_dump(exclude_unset=True, exclude={"id"})
    if facts.get("amount") is not None:
        facts["amount"] = amount_of(facts["amount"])
    for field in ("address", "recipient"):
        if facts.get(field) is not None:
            facts[field] = AddressRef(**facts[field])
    return facts


class NewOpportunity(Request):
    """A chance of a mandate with an address of any type. Without a status it begins at the first one."""

    id: OwnId = None
    title: Title
    address: Address
    entered_on: date | None = None
    status: Id | None = None
    probability: Percent | None = None
    amount: AmountText | None = None
    currency: Currency | None = None
    closing_on: date | None = None
    seller: Leader | None = None
    project: Id | None = None
    remarks: Remarks = ""


class OpportunityFacts(Changes):
    """Facts to change; what is absent stays, null empties. Another address: the first was wrong."""

    title: Title = ""
    address: Address | None = None
    entered_on: date | None = None
    probability: Percent = 0
    amount: AmountText | None = None
    currency: Currency | None = None
    closing_on: date | None = None
    seller: Leader | None = None
    project: Id | None = None
    remarks: Remarks = ""


class NextStatus(Request):
    """Another stage. Won and lost need the day; without a probability it is what the stage proposes."""

    status: Id
    on: date | None = None
    probability: Percent | None = None
    reason: Reason = ""


class ProjectWish(Request):
    """The project to make; what is absent is as the opportunity says. `customer` where that cannot be seen from it."""

    id: OwnId = None
    code: Code
    title: Annotated[str, Field(max_length=255)] = ""
    leader: Leader | None = None
    customer: Address | None = None


class ConversionAnswer(BaseModel):
    """Both sides of the project that was made."""

    opportunity: Answer
    project: Answer
    customer: NamedAddress | None
    warnings: tuple[Notice, ...] = ()


class StageView(BaseModel):
    """A stage that the opportunity was at from a day on."""

    model_config = ConfigDict(from_attributes=True)

    status: str
    status_name: str | None = None
    outcome: Outcome
    probability: int
    on: date
    reason: str


class OpportunityView(BaseModel):
    """An opportunity as it stands; `weighted` is amount times probability, `stages` all it was at, in order."""

    type: Literal["opportunity"] = "opportunity"
    id: str
    title: str
    address: NamedAddress | None
    entered_on: date | None
    status: str
    status_name: str | None = None
    outcome: Outcome
    probability: int
    amount: str | None
    currency: str | None
    weighted: str | None
    closing_on: date | None
    closed_on: date | None
    seller: str | None
    seller_name: str | None = None
    project: str | None
    project_name: str | None = None
    remarks: str
    is_active: bool
    stages: list[StageView]
    keywords: list[str]
    names: dict[str, str] = {}
    restricted_to: RestrictionView | None


class OverviewLine(BaseModel):
    """What a seller has closing in a year, in one currency and with one outcome; null where there is none."""

    seller: str | None
    seller_name: str | None = None
    currency: str | None
    outcome: Outcome
    count: int
    amount: str
    weighted: str


_AS_THEY_ARE = (
    "title", "address", "entered_on", "status", "outcome", "probability", "currency", "closing_on", "closed_on",
    "seller", "remarks", "is_active",
)  # fmt: skip


def money_text(amount: Decimal | None) -> str | None:
    """An amount as answers carry it."""
    return None if amount is None else f"{amount:.2f}"


def shown(id: str, state: Opportunity, seen: Seen) -> OpportunityView:
    """The opportunity for an answer."""
    return OpportunityView(
        id=id,
        amount=money_text(state.amount),
        weighted=money_text(state.weighted),
        project=seen.linked("project", state.project),
        stages=[StageView.model_validate(stage) for stage in state.stages],
        keywords=seen.keywords(state),
        restricted_to=shown_restriction(state),
        **{name: getattr(state, name) for name in _AS_THEY_ARE},
    )

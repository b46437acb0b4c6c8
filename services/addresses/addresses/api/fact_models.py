"""Facts in requests and answers: per type, what `domain.facts.FACTS` lets the type have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from addresses.api.values import Bic, Gender, Iban, Language
from addresses.domain.facts import PRIVATE, Facts
from dossier.contracts.addresses import BankAccount
from dossier.http.models import Changes, Request

M = TypeVar("M", bound=Request)

Number = Annotated[str | None, Field(max_length=50)]
Line = Annotated[str | None, Field(max_length=255)]
Remarks = Annotated[str | None, Field(max_length=10_000)]


class Account(Request):
    """A bank account. Private data, whoever holds it."""

    iban: Iban
    bic: Bic = ""
    holder: Annotated[str, Field(max_length=255)] = ""
    bank: Annotated[str, Field(max_length=255)] = ""


class _Common(Changes):
    correspondence_language: Language | None = None
    customer_number: Number = None
    free_reference: Annotated[Line, Field(description="For you to use, such as an id in another system")] = None


class _Human(Request):
    gender: Gender | None = None
    title: Annotated[str | None, Field(max_length=100, examples=["Dr."])] = None
    form_of_address: Line = None
    salutation: Line = None


class _HasAccount(Request):
    bank_account: Annotated[Account | None, Field(description="Private data")] = None


class PublicCompanyFacts(_Common):
    """Facts of a company, without private ones."""

    commercial_register_number: Number = None
    supplement: Line = None
    attention_of: Line = None
    remarks: Remarks = None


class CompanyFacts(PublicCompanyFacts, _HasAccount):
    """Facts of a company to change: only those that are sent; null takes one away."""


class PublicPersonFacts(_Common, _Human):
    """Facts of a person, without private ones."""

    supplement: Line = None


class PersonFacts(PublicPersonFacts, _HasAccount):
    """Facts of a person to change: only those that are sent; null takes one away."""

    date_of_birth: Annotated[date | None, Field(description="Private data")] = None
    private_remarks: Annotated[Remarks, Field(description="Private data")] = None


class PublicContactFacts(_Common, _Human):
    """Facts of a contact. What is told of a human is the person's while one is linked."""

    attention_of: Line = None
    remarks: Annotated[Remarks, Field(description="On business")] = None


class ContactFacts(PublicContactFacts):
    """Facts of a contact to change: only those that are sent; null takes one away."""


class PublicCoupleFacts(_Common):
    """Facts of a couple, without private ones."""

    supplement: Line = None
    form_of_address: Line = None
    salutation: Line = None
    remarks: Remarks = None


class CoupleFacts(PublicCoupleFacts, _HasAccount):
    """Facts of a couple to change: only those that are sent; null takes one away."""


AnyFacts = CompanyFacts | PersonFacts | ContactFacts | CoupleFacts


class AccountView(BaseModel):
    """A bank account."""

    model_config = ConfigDict(from_attributes=True)

    iban: str
    bic: str
    holder: str
    bank: str


class PrivateAccount(BaseModel):
    """Private facts of a company or couple."""

    model_config = ConfigDict(from_attributes=True)

    bank_account: AccountView | Literal["redacted"] | None


class PrivateFacts(PrivateAccount):
    """Private facts of a person."""

    date_of_birth: date | Literal["redacted"] | None
    private_remarks: str | None


def given(facts: AnyFacts) -> Mapping[str, object]:
    """The facts that the request holds."""
    sent = {name: getattr(facts, name) for name in facts.model_fields_set}
    account = sent.get("bank_account")
    return sent | ({"bank_account": BankAccount(**account.model_dump())} if isinstance(account, Account) else {})


def private_in(facts: Mapping[str, object]) -> str | None:
    """The first private fact among those given, if there is one."""
    return min(PRIVATE & facts.keys(), default=None)


def public(facts: Facts, model: type[M]) -> M:
    """The facts for an answer. They are shown as they were recorded, whatever requests may hold by now."""
    return model.model_construct(**{name: getattr(facts, name) for name in model.model_fields})

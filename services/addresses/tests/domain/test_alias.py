"""What becomes of an alias that somebody typed."""

from __future__ import annotations

from addresses.domain import company
from addresses.domain.alias import AliasChoice, contributing, give_up_alias, set_alias
from addresses.domain.company import Company
from dossier.contracts.addresses import AliasGivenUp, AliasSet, CompanyRegistered, CompanyRenamed
from dossier.testing.gwt import Outcome, Scenarios

companies = Scenarios(Company, company.evolve)
ACME = CompanyRegistered(name="Acme AG")
TYPED = companies.given(ACME, AliasSet(alias="The Acme"))
RENAMED = CompanyRenamed(name="Acme SA")


def test_ali_02_an_alias_is_typed_and_given_up() -> None:
    typed = companies.given(ACME).when(lambda c: set_alias(c, " The Acme ")).then(AliasSet(alias="The Acme"))
    assert typed.state.manual_alias == "The Acme"
    typed.when(lambda c: set_alias(c, "The Acme")).then()
    given_up = typed.when(give_up_alias).then(AliasGivenUp())
    assert given_up.state.manual_alias is None
    given_up.when(give_up_alias).then()


def test_sta_03_a_typed_alias_is_not_empty() -> None:
    companies.given(ACME).when(lambda c: set_alias(c, "  ")).refused("STA-03", "alias")


def test_ali_02_a_change_of_a_contributing_field_says_what_becomes_of_the_alias() -> None:
    def rename(choice: AliasChoice | None) -> Outcome[Company]:
        return TYPED.when(lambda c: contributing(c, company.rename(c, "Acme SA"), choice))

    rename(None).refused("ALI-02", "alias")
    assert rename("keep").then(RENAMED).state.manual_alias == "The Acme"
    assert rename("recompute").then(RENAMED, AliasGivenUp()).state.manual_alias is None


def test_ali_01_without_a_typed_alias_or_a_change_there_is_nothing_to_say() -> None:
    computed = companies.given(ACME)
    computed.when(lambda c: contributing(c, company.rename(c, "Acme SA"), None)).then(RENAMED)
    computed.when(lambda c: contributing(c, company.rename(c, "Acme SA"), "recompute")).then(RENAMED)
    TYPED.when(lambda c: contributing(c, company.rename(c, "Acme AG"), None)).then()

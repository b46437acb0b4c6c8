"""What becomes of an alias that somebody typed."""

from __future__ import annotations

from dataclasses import replace

from addresses.domain import company, postal
from addresses.domain.alias import AliasChoice, contributing, give_up_alias, moving, set_alias
from addresses.domain.company import Company
from addresses.domain.postal import PostalAddress
from dossier.contracts.addresses import AliasGivenUp, AliasSet, CompanyRegistered, CompanyRenamed
from dossier.ids import new_id
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


def test_ali_04_where_the_city_is_part_of_the_alias_only_another_city_contributes() -> None:
    bern = PostalAddress(id=new_id(), kind="post", city="Bern", country="CH")
    (added,) = postal.add((), bern, private_allowed=False)
    TYPED.when(lambda c: moving(c, [added], None)).refused("ALI-02", "alias")
    there = TYPED.when(lambda c: moving(c, [added], "keep")).then(added)
    (street,) = postal.change(there.state.postal_addresses, replace(bern, is_default=True, street="Gasse 1"))
    there.when(lambda c: moving(c, [street], None)).then(street)
    (gone,) = postal.remove(there.state.postal_addresses, bern.id)
    there.when(lambda c: moving(c, [gone], "recompute")).then(gone, AliasGivenUp())

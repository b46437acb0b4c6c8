"""Rules of the company, by their ids."""

from __future__ import annotations

import pytest

from addresses.domain import address, company
from addresses.domain.company import Company
from dossier.contracts.addresses import (
    AddressDeactivated,
    AddressReactivated,
    CompanyParentSet,
    CompanyRegistered,
    CompanyRenamed,
    PersonRenamed,
)
from dossier.ids import new_id
from dossier.testing.gwt import Scenarios

companies = Scenarios(Company, company.evolve)
OWN, PARENT, TOP = new_id(), new_id(), new_id()
ACME = CompanyRegistered(name="Acme", parent=None)


def test_adr_01_a_company_is_registered_once_and_again_changes_nothing() -> None:
    once = companies.given().when(lambda c: company.register(c, " Acme ", None)).then(ACME)
    once.when(lambda c: company.register(c, "Acme", None)).then()
    once.when(lambda c: company.register(c, "Other", None)).refused("ADR-01", "id")


def test_adr_01_the_retry_of_a_registration_is_known_after_later_changes() -> None:
    later = companies.given(ACME, CompanyRenamed(name="Acme Holding"))
    later.when(lambda c: company.register(c, "Acme", None)).then()


def test_sta_03_a_company_needs_a_name() -> None:
    for unseen in ("  ", "\u200b\u200b", "\u202e\u0301", "\x00\n"):
        companies.given().when(lambda c, name=unseen: company.register(c, name, None)).refused("STA-03", "name")
    companies.given(ACME).when(lambda c: company.rename(c, "")).refused("STA-03", "name")


def test_a_company_is_renamed() -> None:
    renamed = companies.given(ACME).when(lambda c: company.rename(c, "Acme AG")).then(CompanyRenamed(name="Acme AG"))
    assert renamed.state.name == "Acme AG"
    renamed.when(lambda c: company.rename(c, "Acme AG")).then()


def test_adr_03_a_company_has_at_most_one_parent() -> None:
    first = (
        companies.given(ACME)
        .when(lambda c: company.set_parent(c, OWN, PARENT, []))
        .then(CompanyParentSet(parent=PARENT))
    )
    second = first.when(lambda c: company.set_parent(c, OWN, TOP, [])).then(CompanyParentSet(parent=TOP))
    assert second.state.parent == TOP
    second.when(lambda c: company.set_parent(c, OWN, TOP, [])).then()
    assert second.when(lambda c: company.set_parent(c, OWN, None, [])).then(CompanyParentSet(parent=None))


def test_adr_05_a_company_is_not_its_own_parent() -> None:
    companies.given(ACME).when(lambda c: company.set_parent(c, OWN, OWN, [])).refused("ADR-05", "parent")


def test_adr_05_a_company_is_not_its_own_ancestor() -> None:
    companies.given(ACME).when(lambda c: company.set_parent(c, OWN, PARENT, [TOP, OWN])).refused("ADR-05", "parent")


def test_sta_01_a_company_is_deactivated_and_reactivated() -> None:
    inactive = companies.given(ACME).when(address.deactivate).then(AddressDeactivated())
    assert not inactive.state.is_active
    inactive.when(address.deactivate).then()
    active = inactive.when(address.reactivate).then(AddressReactivated())
    assert active.state.is_active
    active.when(address.reactivate).then()


def test_adr_01_an_event_of_another_type_is_no_event_of_a_company() -> None:
    with pytest.raises(TypeError):
        companies.given(ACME, PersonRenamed(last_name="Muster"))

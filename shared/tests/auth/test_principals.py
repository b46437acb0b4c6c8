"""Capabilities come from groups through one table (RGT-01, RGT-04, RGT-07)."""

from __future__ import annotations

import pytest

from dossier.auth.demo import BY_LOGIN
from dossier.auth.groups import ADMINISTRATORS, ASSISTANTS, CONSULTANTS, HR, PARTNERS
from dossier.auth.principals import CAPABILITIES, CapabilityTable, Principal
from dossier.ids import derived_id, is_id, new_id

SHIPPED = {
    (): {"read"},
    (ASSISTANTS,): {"read"},
    (CONSULTANTS,): {"read", "write", "create", "deactivate"},
    (HR,): {"read", "private"},
    (PARTNERS,): {"read", "write", "create", "deactivate", "export", "private"},
    (ADMINISTRATORS,): {"read", "write", "create", "deactivate", "export", "administer"},
    (CONSULTANTS, HR): {"read", "write", "create", "deactivate", "private"},
}


@pytest.mark.parametrize(("groups", "capabilities"), SHIPPED.items())
def test_the_table_that_ships(groups: tuple[str, ...], capabilities: set[str]) -> None:
    assert CapabilityTable().user(new_id(), groups).capabilities == capabilities


def test_no_user_has_the_feed_whatever_the_groups() -> None:
    every = (CONSULTANTS, PARTNERS, ASSISTANTS, ADMINISTRATORS, HR)
    assert not CapabilityTable().user(new_id(), every).may("feed")


def test_administrators_do_not_see_private_data_by_being_administrators() -> None:
    assert not CapabilityTable().user(new_id(), (ADMINISTRATORS,)).may("private")


def test_services_read_the_feed_but_do_not_administer() -> None:
    histories = CapabilityTable().service("histories")
    assert histories is not None
    assert histories.may("feed")
    assert not histories.may("administer")
    assert CapabilityTable().service("somebody") is None


def test_an_installation_replaces_entries_and_leaves_the_others() -> None:
    table = CapabilityTable({ASSISTANTS: ["read", "write"], "external": ["read"], "service:erp": ["feed"]})
    assert table.user(new_id(), (ASSISTANTS,)).capabilities == {"read", "write"}
    assert table.user(new_id(), (CONSULTANTS,)).may("create")
    assert table.user(new_id(), (derived_id("group", "external"),)).may("read")
    erp = table.service("erp")
    assert erp is not None
    assert erp.capabilities == {"feed"}


def test_rgt_03_04_a_denial_takes_away_what_everyone_has_and_allow_beats_deny() -> None:
    table = CapabilityTable({"blocked": ["-read"], "readers": ["read"]})
    assert not table.user(new_id(), ("blocked",)).may("read")
    assert table.user(new_id(), ("blocked", "readers")).may("read")
    assert table.user(new_id(), ("blocked", CONSULTANTS)).may("read")


def test_a_table_with_a_capability_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="fly"):
        CapabilityTable({"pilots": ["fly"]})


def test_users_and_groups_that_the_issuer_names_otherwise_have_one_derived_id() -> None:
    table = CapabilityTable({"crm-consultants": ["write"]})
    first, second = (table.user("anna@issuer", ["crm-consultants"]) for _ in range(2))
    assert first == second
    assert first.user is not None
    assert is_id(first.user)
    assert first.may("write")
    identifier = new_id()
    assert table.user(identifier, []).user == identifier


def test_grants_are_compared_with_user_and_groups() -> None:
    user, group = new_id(), new_id()
    principal = CapabilityTable().user(user, [group])
    assert principal.tokens == [f"user:{user}", f"group:{group}"]
    assert principal.actor == f"user:{user}"
    service = Principal(None, "histories", frozenset(), CAPABILITIES)
    assert service.tokens == []
    assert service.actor == "service:histories"


def test_the_demo_users_play_their_parts() -> None:
    table = CapabilityTable()
    who = {login: table.user(user.id, user.groups) for login, user in BY_LOGIN.items()}
    assert [login for login in who if who[login].may("create")] == ["anna", "bruno", "clara", "dora"]
    assert [login for login in who if who[login].may("private")] == ["clara"]
    assert [login for login in who if who[login].may("administer")] == ["dora"]
    assert who["emil"].capabilities == {"read"}

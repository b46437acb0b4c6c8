"""What a caller may see of a state: private data with the right, personal keywords of nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from addresses.api.visible import everything, public, shown_to
from addresses.domain.channels import Channel
from addresses.domain.contact import Contact, Names
from addresses.domain.person import Person
from dossier.auth.principals import Principal
from dossier.ids import new_id

OWN, OTHERS = new_id(), new_id()
ANNA = Principal("anna", None, frozenset(), frozenset({"read"}))
CLARA = Principal("clara", None, frozenset(), frozenset({"read", "private"}))


@dataclass(frozen=True)
class Facts:
    """Some private and some not."""

    date_of_birth: date | None = date(1980, 1, 1)
    private_remarks: str = "allergic"
    remarks: str = "late"


@dataclass(frozen=True)
class Assigned:
    """A keyword of an address."""

    keyword: str
    group: str


@dataclass(frozen=True, kw_only=True)
class Whole(Person):
    """A person with everything."""

    facts: Facts = Facts()
    keywords: tuple[Assigned, ...] = (Assigned("vip", OWN), Assigned("difficult", OTHERS))


def channel(id: str, *, private: bool) -> Channel:
    return Channel(id, "T", "", "1", "1", is_default=private, private=private, valid_from=None, valid_to=None)


def test_private_data_is_shown_with_the_capability_only() -> None:
    state = Whole(last_name="Muster", channels=(channel("1", private=False), channel("2", private=True)))
    shown = public(state)
    assert (shown["remarks"], shown["last_name"]) == ("late", "Muster")
    assert [part["id"] for part in shown["channels"]] == ["1"]
    assert "is_default" not in shown["channels"][0]
    assert not {"date_of_birth", "private_remarks", "facts"} & shown.keys()
    whole = everything(state)
    assert (whole["private_remarks"], len(whole["channels"])) == ("allergic", 2)


def test_key_06_a_personal_keyword_is_its_owners_alone() -> None:
    for caller in (ANNA, CLARA):
        assert shown_to(caller, {OTHERS})(Whole())["keywords"] == ["vip"]  # type: ignore[index]
        assert shown_to(caller, None)(Whole())["keywords"] == []  # type: ignore[index]


def test_the_names_of_a_contact_are_its_own_fields() -> None:
    shown = everything(Contact(company=OWN, names=Names("Muster", "Eva", "Board")))
    assert (shown["last_name"], shown["supplement"]) == ("Muster", "Board")

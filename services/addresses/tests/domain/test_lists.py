"""Rules of channel types, layouts and settings, by their ids."""

from __future__ import annotations

import pytest

from addresses.domain import lists
from addresses.domain.lists import AddressSettings, ChannelType, Layout
from dossier.contracts.addresses import (
    AddressSettingsChanged,
    ChannelTypeChanged,
    ChannelTypeDefined,
    LayoutChanged,
    LayoutChosen,
    LayoutDefined,
)
from dossier.ids import new_id
from dossier.testing.gwt import Scenarios

channel_types = Scenarios(ChannelType, lists.evolve_channel_type)
layouts = Scenarios(Layout, lists.evolve_layout)
settings = Scenarios(AddressSettings, lists.evolve_settings)
SWITCHBOARD = ChannelTypeDefined(label="Switchboard", kind="T")
PLAIN = LayoutDefined(name="Plain", address_type="company", lines="%company%\n%city%")
STANDARD = PLAIN.model_copy(update={"name": "Standard", "is_default": True})
ID = new_id()
DEFAULT_LAYOUT = LayoutChosen()


def test_com_04_a_self_made_type_can_share_a_built_in_letter() -> None:
    once = channel_types.given().when(lambda t: lists.define_channel_type(t, SWITCHBOARD)).then(SWITCHBOARD)
    once.when(lambda t: lists.define_channel_type(t, SWITCHBOARD)).then()
    other = ChannelTypeDefined(label="Other", kind="X")
    once.when(lambda t: lists.define_channel_type(t, other)).refused("COM-12", "id")


def test_com_12_a_built_in_type_stays_active() -> None:
    off = ChannelTypeChanged(is_active=False)
    given = channel_types.given(SWITCHBOARD)
    given.when(lambda t: lists.change_channel_type(t, off, is_built_in=True)).refused("COM-12", "is_active")
    given.when(lambda t: lists.change_channel_type(t, off, is_built_in=False)).then(off)
    label = ChannelTypeChanged(label="Telephone", is_active=True)
    changed = given.when(lambda t: lists.change_channel_type(t, label, is_built_in=True))
    assert changed.then(ChannelTypeChanged(label="Telephone")).state.kind == "T"


def test_lay_02_the_default_stays_until_another_one_takes_over() -> None:
    given = layouts.given(STANDARD)
    for wanted, field in [
        (LayoutChanged(is_default=False), "is_default"),
        (LayoutChanged(is_active=False), "is_active"),
    ]:
        given.when(lambda w, wanted=wanted: lists.change_layout(w, wanted)).refused("LAY-02", field)
    inactive = layouts.given(PLAIN, LayoutChanged(is_active=False))
    inactive.when(lambda w: lists.change_layout(w, LayoutChanged(is_default=True))).refused("LAY-02", "is_active")
    both = LayoutChanged(is_default=True, is_active=True)
    inactive.when(lambda w: lists.change_layout(w, both)).then(both)
    given.when(lists.no_default).then(LayoutChanged(is_default=False)).when(lists.no_default).then()


def test_lay_02_a_layout_is_defined_once() -> None:
    once = layouts.given().when(lambda w: lists.define_layout(w, PLAIN)).then(PLAIN)
    once.when(lambda w: lists.define_layout(w, PLAIN)).then()
    once.when(lambda w: lists.define_layout(w, STANDARD)).refused("LAY-02", "id")
    nameless = PLAIN.model_copy(update={"name": " "})
    layouts.given().when(lambda w: lists.define_layout(w, nameless)).refused("STA-03", "name")


@pytest.mark.parametrize(
    "lines",
    ["%surname%", "%company.name%", "%company!r%", "%company:>99%", "%{company}%", "50 % off", "%company", "% %"],
)
def test_lay_03_a_template_with_anything_but_fields_is_not_saved(lines: str) -> None:
    bad = PLAIN.model_copy(update={"lines": lines})
    layouts.given().when(lambda w: lists.define_layout(w, bad)).refused("LAY-03", "lines")
    changed = LayoutChanged(lines=lines)
    layouts.given(PLAIN).when(lambda w: lists.change_layout(w, changed)).refused("LAY-03", "lines")


def test_lay_03_the_refusal_names_the_field_that_does_not_exist() -> None:
    bad = PLAIN.model_copy(update={"lines": "%company%\n%surname%"})
    reason = layouts.given().when(lambda w: lists.define_layout(w, bad)).refused("LAY-03", "lines")
    assert "called surname" in reason
    assert "last_name" in reason


def test_lay_04_one_address_is_laid_out_by_own_lines() -> None:
    own = LayoutChosen(own_lines="%company%\nc/o Huber")
    assert lists.choose_layout(DEFAULT_LAYOUT, own, "company", None) == [own]
    assert lists.choose_layout(own, own, "company", None) == []
    back = LayoutChosen()
    assert lists.choose_layout(own, back, "company", None) == [back]
    assert lists.choose_layout(DEFAULT_LAYOUT, back, "company", None) == []


def test_lay_01_a_layout_is_chosen_of_the_own_type() -> None:
    plain = lists.evolve_layout(Layout(), PLAIN)
    chosen = LayoutChosen(layout=ID)
    assert lists.choose_layout(DEFAULT_LAYOUT, chosen, "company", plain) == [chosen]
    inactive = lists.evolve_layout(plain, LayoutChanged(is_active=False))
    for type, layout, wanted, refused in [
        ("person", plain, chosen, ("LAY-01", "layout")),
        ("company", Layout(), chosen, ("LAY-01", "layout")),
        ("company", inactive, chosen, ("LAY-01", "layout")),
        ("company", plain, LayoutChosen(layout=ID, own_lines="x"), ("LAY-04", "own_lines")),
        ("company", None, LayoutChosen(own_lines="%x%"), ("LAY-03", "own_lines")),
    ]:
        with pytest.raises(lists.RuleViolation) as refusal:
            lists.choose_layout(DEFAULT_LAYOUT, wanted, type, layout)
        assert (refusal.value.rule, refusal.value.field) == refused


def test_gen_01_a_gender_is_not_assumed_unless_the_settings_say_so() -> None:
    assert AddressSettings().default_gender == "unspecified"
    male = AddressSettingsChanged(default_gender="male")
    settings.given().when(lambda s: lists.change_settings(s, male)).then(male)
    unknown = AddressSettingsChanged(default_gender="diverse")
    settings.given().when(lambda s: lists.change_settings(s, unknown)).refused("GEN-01", "default_gender")


def test_gen_02_an_installation_has_own_words_for_genders() -> None:
    own = AddressSettingsChanged(genders=("diverse", "agender"), default_gender="diverse")
    after = settings.given().when(lambda s: lists.change_settings(s, own)).then(own)
    after.when(lambda s: lists.change_settings(s, own)).then()
    gone = AddressSettingsChanged(genders=("agender",))
    after.when(lambda s: lists.change_settings(s, gone)).refused("GEN-01", "default_gender")
    for words in (("male",), ("Diverse",), ("a b",), ("diverse\n",)):
        bad = AddressSettingsChanged(genders=words)
        settings.given().when(lambda s, bad=bad: lists.change_settings(s, bad)).refused("GEN-02", "genders")


def test_lay_06_letters_are_written_in_four_languages() -> None:
    spanish = AddressSettingsChanged(default_language="es")
    settings.given().when(lambda s: lists.change_settings(s, spanish)).refused("LAY-06", "default_language")

"""The page of all settings is fresh and leaves out nothing that a process reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from contract import variables
from dossier.settings import ServiceSettings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
MODELS: list[type[BaseSettings]] = [*variables.shared_models(), *variables.service_models().values()]

each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.__module__}.{model.__name__}")


def test_the_committed_page_is_fresh() -> None:
    assert PAGE.read_text() == variables.rendered(), "run `make docs`"


@each_model
def test_every_variable_is_on_the_page_with_its_meaning(model: type[BaseSettings]) -> None:
    page = PAGE.read_text()
    assert [name for name in variables.variables(model) if f"| `{name}` |" not in page] == []
    assert [field for field in variables.variables(model).values() if not variables.meaning(model, field)] == []


def test_every_service_folder_is_on_the_page() -> None:
    folders = {path.parent.name for path in PAGE.parents[1].glob("services/*/pyproject.toml")} - {"web"}
    assert folders == set(variables.SERVICES)


def test_no_secret_is_on_the_page() -> None:
    fields = [field for model in MODELS for field in model.model_fields.values()]
    secrets = [field.default.get_secret_value() for field in fields if isinstance(field.default, SecretStr)]
    assert any(secrets)
    assert [secret for secret in secrets if secret and secret in PAGE.read_text()] == []


def test_a_meaning_may_stand_below_its_field_and_is_inherited() -> None:
    class Base(ServiceSettings):
        limit: float = 2.0
        """How much,
        in pieces."""

    class Heir(Base):
        limit: float = 3.0
        port: int = 1

    assert variables.meaning(Heir, "limit") == "How much, in pieces."
    assert variables.meaning(Heir, "host") == "Address to listen on"
    assert variables.own_fields(Heir) == []

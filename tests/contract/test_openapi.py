"""The published API descriptions are those of the running code, and every route says what it needs."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from dossier.auth.guard import assert_every_route_has_a_rule
from dossier.http.middleware import PROBES
from dossier.runtime import Service

HERE = Path(__file__).parent


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("openapi_documents", HERE / "openapi.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = _generator()


@pytest.mark.parametrize("service", GENERATOR.SERVICES)
async def test_the_committed_description_is_fresh(service: str) -> None:
    committed = HERE.parents[1] / "docs" / "openapi" / f"{service}.json"
    assert committed.read_text() == GENERATOR.rendered(await GENERATOR.document(service)), "run `make docs`"


@pytest.mark.parametrize("service", GENERATOR.SERVICES)
async def test_every_route_has_a_rule(service: str) -> None:
    package = service.replace("-", "_")
    built = Service(importlib.import_module(f"{package}.settings").Settings(environment="test"))
    try:
        assert_every_route_has_a_rule(importlib.import_module(f"{package}.roles").roles(built).app)
    finally:
        await built.stop()


@pytest.mark.parametrize("service", GENERATOR.SERVICES)
async def test_a_generated_client_gets_what_it_needs(service: str) -> None:
    described = await GENERATOR.document(service)
    operations = [(path, *each) for path, item in described["paths"].items() for each in item.items()]
    ids = [operation["operationId"] for _, _, operation in operations]
    assert len(set(ids)) == len(ids)
    for path, method, operation in operations:
        headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
        if path in PROBES:
            assert operation["security"] == []
        if method == "get":
            assert not headers & {"Idempotency-Key", "If-Match", "Dossier-Batch"}
        elif "Idempotency-Key" in headers:
            [answer] = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
            assert {"ETag", "Dossier-After"} <= answer["headers"].keys()


@pytest.mark.parametrize(
    ("service", "model"),
    [
        ("activities", "Corrections"),
        ("engagements", "ProjectFacts"),
        ("notifications", "ChangePreferences"),
        ("directory", "UserFacts"),
    ],
)
async def test_what_stays_when_it_is_left_out_has_no_default_that_a_client_would_send(service: str, model: str) -> None:
    schema = (await GENERATOR.document(service))["components"]["schemas"][model]
    assert not [name for name, field in schema["properties"].items() if "default" in field]
    assert "required" not in schema

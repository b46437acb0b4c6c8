"""The published API descriptions are those of the running code, and every route says what it needs."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dossier.auth.guard import assert_every_route_has_a_rule
from dossier.http.field_errors import form_in_words
from dossier.http.middleware import PROBES
from dossier.http.words import ACTIVITY, COMMON
from dossier.runtime import Service
from dossier.testing.routes import assert_no_route_hides_another

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
async def test_every_route_is_reached(service: str) -> None:
    package = service.replace("-", "_")
    built = Service(importlib.import_module(f"{package}.settings").Settings(environment="test"))
    try:
        assert_no_route_hides_another(importlib.import_module(f"{package}.roles").roles(built).app)
    finally:
        await built.stop()


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
        headers = _names_of_headers(operation)
        if path in PROBES:
            assert operation["security"] == []
        if method == "get":
            assert not headers & {"Idempotency-Key", "If-Match", "Dossier-Batch"}
        elif "Idempotency-Key" in headers:
            [answer] = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
            of_many = path.endswith(("/bulk", "/bulk/complete", "/bulk/shift", "/drafts"))
            assert answer.get("headers", {}).keys() & {"ETag", "Dossier-After"} == (
                set() if of_many else {"ETag", "Dossier-After"}
            )


def _names_of_headers(operation: dict[str, Any]) -> set[str]:
    """What is described in one place, and referred to by every operation that reads it."""
    references = [one["$ref"] for one in operation.get("parameters", []) if "$ref" in one]
    return {reference.removeprefix("#/components/parameters/") for reference in references}


@pytest.mark.parametrize("service", GENERATOR.SERVICES)
async def test_headers_are_described_in_one_place(service: str) -> None:
    described = await GENERATOR.document(service)
    operations = [operation for item in described["paths"].values() for operation in item.values()]
    written_out = [one for each in operations for one in each.get("parameters", []) if one.get("in") == "header"]
    assert {one["name"] for one in written_out} <= {"Last-Event-ID"}
    for operation in operations:
        assert _names_of_headers(operation) <= described["components"]["parameters"].keys()
    for of in ("parameters", "headers"):
        assert all(header["description"] for header in described["components"][of].values())


@pytest.mark.parametrize("service", GENERATOR.SERVICES)
async def test_every_field_of_requests_and_answers_says_what_it_means(service: str) -> None:
    schemas = (await GENERATOR.document(service))["components"]["schemas"]
    fields = [(f"{model}.{name}", field) for model, of in schemas.items() for name, field in _properties(of)]
    assert fields
    assert [place for place, field in fields if not field.get("description")] == [], "say it in api/words.py"


@pytest.mark.parametrize("service", GENERATOR.SERVICES)
async def test_every_word_explains_a_field(service: str) -> None:
    package = service.replace("-", "_")
    words = importlib.import_module(f"{package}.api.words").WORDS
    schemas = (await GENERATOR.document(service))["components"]["schemas"]
    fields = {name for of in schemas.values() for name, _ in _properties(of)}
    places = {f"{model}.{name}" for model, of in schemas.items() for name, _ in _properties(of)}
    own = words.keys() - COMMON.keys() - ACTIVITY.keys()
    assert own - fields - places == set()


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("AnswerOffer.reason", "CorrectActivity.reason"),
        ("Changed.answer", "AnswerOffer.answer"),
        ("CheckOut.by", "DelegationView.by"),
        ("DocumentAnswer.version", "DocumentHead.version"),
        ("DocumentHead.name", "MailRecipient.name"),
        ("HideEntry.object", "LinkObject.object"),
        ("HideEntry.reason", "CorrectActivity.reason"),
        ("MoveActivity.reason", "CorrectActivity.reason"),
        ("ReaderLine.origin", "LinkObject.origin"),
        ("UnlinkObject.reason", "CorrectActivity.reason"),
        ("VersionView.by", "Warning.by"),
    ],
)
async def test_fields_of_one_name_that_mean_something_else_say_so(field: str, other: str) -> None:
    schemas = (await GENERATOR.document("activities"))["components"]["schemas"]
    texts = [schemas[model]["properties"][name]["description"] for model, name in (field.split("."), other.split("."))]
    assert texts[0] != texts[1]


def _properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return list(schema.get("properties", {}).items())


@pytest.mark.parametrize("service", GENERATOR.SERVICES)
async def test_every_request_body_has_a_name(service: str) -> None:
    described = await GENERATOR.document(service)
    for path, item in described["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                reference = content["application/json"]["schema"]["$ref"]
                model = reference.removeprefix("#/components/schemas/")
                assert described["components"]["schemas"][model]["title"] == model, f"{method} {path}"


@pytest.mark.parametrize("service", GENERATOR.SERVICES)
async def test_every_form_is_told_in_words(service: str) -> None:
    patterns = set(_patterns(await GENERATOR.document(service)))
    assert [pattern for pattern in sorted(patterns) if form_in_words(pattern).startswith("of the form")] == []


def _patterns(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(pattern := value.get("pattern"), str):
            yield pattern
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _patterns(each)


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

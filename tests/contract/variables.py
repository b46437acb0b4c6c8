"""Writes the page of all settings: `python tests/contract/variables.py docs/settings.md` (by `make docs`).

It is made from the models that read the environment. One that has no title here is shown under its own name.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings

import dossier
from dossier.auth.issuer import IssuerSettings
from dossier.cli.demo import DemoSettings
from dossier.files import FileSettings
from dossier.kafka import KafkaSettings
from dossier.projections.settings import ProjectionSettings
from dossier.settings import ServiceSettings
from dossier.topics import TopicSettings

SERVICES = ("activities", "addresses", "directory", "email-ingest", "engagements", "histories", "notifications")
NOT_FROM_OUTSIDE = {"service"}
"""Each service sets it by itself."""

_HEAD = """# Settings

Made by `make docs` from the settings models. Every process reads environment variables once, at the start. Where one
is missing or makes no sense it does not start, and names the variable, never its value.

Each replica of a `consumer` needs another `DOSSIER_PROJECTION_INSTANCE`, one that it keeps over restarts: two processes
of one name put each other out of the consumer group. Without a name, what a killed process left is taken over only when
Kafka has missed it. The images set `DOSSIER_HOST` to `0.0.0.0`, that of `email-ingest` also the hosts of its doors.
"""
_TITLES: dict[type[BaseSettings], tuple[str, str]] = {
    ServiceSettings: ("Every service", "Read by the command `dossier` too."),
    KafkaSettings: (
        "Kafka",
        "Read by every service, the job that makes the topics and the command `dossier`. `DOSSIER_KAFKA_BOOTSTRAP` "
        "must be set for that job and for `dossier topics`; without it everything else looks on its own machine "
        "(`127.0.0.1:9092`).",
    ),
    ProjectionSettings: ("Every `consumer`", "Durations are in seconds."),
    FileSettings: ("Services that keep files", ""),
    TopicSettings: ("The job that makes the topics", "`python -m dossier.topics`"),
    DemoSettings: ("The command `dossier demo`", ""),
    IssuerSettings: ("The development issuer", "`python -m dossier.auth.issuer`, on one machine only"),
}
_COLUMNS = "| variable | takes | if unset | meaning |\n|---|---|---|---|\n"
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "object": "JSON object",
    "array": "JSON list",
}
_FORMATS = {"password": "secret text", "path": "path"}
_BOUNDS = {"minimum": "from", "exclusiveMinimum": "more than", "maximum": "to", "exclusiveMaximum": "less than"}


def service_models() -> dict[str, type[ServiceSettings]]:
    """The settings of each service, by its folder."""
    packages = {service: service.replace("-", "_") for service in SERVICES}
    return {name: importlib.import_module(f"{package}.settings").Settings for name, package in packages.items()}


def shared_models() -> list[type[BaseSettings]]:
    """All models that have variables of their own and are no service's, those with a title first."""
    for module in pkgutil.walk_packages(dossier.__path__, "dossier."):
        if not module.name.startswith("dossier.testing"):
            importlib.import_module(module.name)
    found = [model for model in dict.fromkeys(_below(BaseSettings)) if _is_shared(model) and own_fields(model)]
    return sorted(found, key=lambda model: [*_TITLES, model].index(model))


def own_fields(model: type[BaseSettings]) -> list[str]:
    """The fields that a model adds to what it inherits."""
    inherited = {name for base in model.__mro__[1:] for name in getattr(base, "model_fields", ())}
    return [name for name in model.model_fields if name not in inherited | NOT_FROM_OUTSIDE]


def variables(model: type[BaseSettings]) -> dict[str, str]:
    """The fields of a model, by the variables that it reads."""
    prefix = model.model_config.get("env_prefix") or "DOSSIER_"
    return {f"{prefix}{name.upper()}": name for name in model.model_fields if name not in NOT_FROM_OUTSIDE}


def meaning(model: type[BaseSettings], field: str) -> str:
    """What is said about a field where it was declared last with a word: its description, or the text below it."""
    declared = (
        base for base in model.__mro__ if issubclass(base, BaseSettings) and field in inspect.get_annotations(base)
    )
    said = (base.model_fields[field].description or _texts_below_fields(base).get(field) for base in declared)
    return next(filter(None, said), "")


def rendered() -> str:
    """The exact text that is committed."""
    parts = [_HEAD]
    services = service_models()
    for model in shared_models():
        title, words = _TITLES.get(model, (f"`{model.__name__}`", ""))
        readers = [f"`{name}`" for name, each in services.items() if issubclass(each, model)]
        if 0 < len(readers) < len(services):
            words = f"{words} Read by {', '.join(readers)}.".strip()
        parts += [f"## {title}\n", f"{words}\n"] if words else [f"## {title}\n"]
        parts.append(_table(model, own_fields(model)))
    for name, model in services.items():
        parts += [f"## `{name}`\n", _table(model, [*inspect.get_annotations(model)])]
    return "\n".join(parts)


def _below(model: type[BaseSettings]) -> Iterator[type[BaseSettings]]:
    for child in model.__subclasses__():
        yield child
        yield from _below(child)


def _is_shared(model: type[BaseSettings]) -> bool:
    return model.__module__.startswith("dossier.") and not model.__module__.startswith("dossier.testing")


def _table(model: type[BaseSettings], fields: list[str]) -> str:
    schema = model.model_json_schema()["properties"]
    lines = [
        f"| `{variable}` | {_takes(schema[field])} | {_default(model, field)} | {meaning(model, field)} |\n"
        for variable, field in variables(model).items()
        if field in fields
    ]
    return _COLUMNS + "".join(lines)


def _takes(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return next(_takes(choice) for choice in schema["anyOf"] if choice.get("type") != "null")
    if "enum" in schema:
        return " or ".join(f"`{choice}`" for choice in schema["enum"])
    if schema["type"] == "boolean":
        return "`true` or `false`"
    bounds = [f"{word} {_figure(schema[bound])}" for bound, word in _BOUNDS.items() if bound in schema]
    words = " ".join([_FORMATS.get(schema.get("format", ""), _TYPES[schema["type"]]), *bounds])
    return f"{words} of the form `{schema['pattern']}`" if "pattern" in schema else words


def _default(model: type[BaseSettings], field: str) -> str:
    if model.model_fields[field].is_required():
        return "each service's own" if model is ServiceSettings else "it must be set"
    value = model.model_fields[field].get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        return "one for development" if value.get_secret_value() else "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{_figure(value)}`" if value not in ("", None, {}, (), []) else "empty"


def _figure(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _texts_below_fields(model: type[Any]) -> dict[str, str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            found[field.target.id] = " ".join(str(ast.literal_eval(text.value)).split())
    return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(rendered())

"""Parameters of a query that are kept somewhere else than in a request, as saved searches keep theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from dossier.contracts.rules import RuleViolation

A = TypeVar("A", bound=BaseModel)
B = TypeVar("B", bound=BaseModel)


def read_as(filters: type[A], view: type[B], parameters: Mapping[str, Any], *within: str) -> tuple[A, B]:
    """Kept parameters as the query would read them: what is asked for, and how it is shown.

    `within` is where they stand in the request, for errors: `("query",)`, or `("body", "parameters")`. Raises
    RuleViolation `known-parameter` for one that the query does not have, and RequestValidationError for a value that
    it would refuse.
    """
    if unknown := parameters.keys() - names_of(filters) - names_of(view):
        field = ".".join((*within[1:], min(unknown)))
        raise RuleViolation("known-parameter", "such a search does not have this parameter", field)
    try:
        return filters.model_validate(parameters), view.model_validate(parameters)
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": (*within, *each["loc"])} for each in error.errors()]) from None


def names_of(model: type[BaseModel]) -> set[str]:
    """What the parameters of a query are called."""
    return {field.alias or name for name, field in model.model_fields.items()}

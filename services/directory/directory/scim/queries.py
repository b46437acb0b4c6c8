"""Queries over SCIM (RFC 7644, section 3.4.2): filter, sort, page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query
from scim2_models import Context, ListResponse, Resource, SearchRequest
from scim2_models.path import AttrPath, CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator, ValuePath

from directory.domain.names import folded
from directory.roll import Standing
from directory.scim.resources import MAX_PAGE, PAGE, POLICY

S = TypeVar("S")
R = TypeVar("R", bound=Resource[Any])
Required = tuple[str, str]
"""An attribute in lower case and a value it has to equal."""
_REFERRING = frozenset({"members", "groups"})
_AT_ONCE = 200
"""Resources that are made and compared before others have their turn."""


class QueryParameters:
    """Dependency: the parameters of a query as they were sent."""

    def __init__(self, **sent: str | int | None) -> None:
        self._sent = {name: value for name, value in sent.items() if value is not None}

    def bound_to(self, model: type[R]) -> SearchRequest[R]:
        """The query of resources of this kind. Raises ValidationError for what cannot be asked."""
        return SearchRequest[model].model_validate(self._sent, scim_ctx=Context.DEFAULT, scim_policy=POLICY)


async def query_parameters(
    filter: Annotated[str | None, Query(max_length=4_000)] = None,
    startIndex: Annotated[int | None, Query(le=2**31)] = None,  # noqa: N803  (named by the RFC, as all of these are)
    count: Annotated[int | None, Query(le=2**31)] = None,
    sortBy: Annotated[str | None, Query(max_length=200)] = None,  # noqa: N803
    sortOrder: Annotated[str | None, Query(max_length=20)] = None,  # noqa: N803
    attributes: Annotated[str | None, Query(max_length=2_000)] = None,
    excludedAttributes: Annotated[str | None, Query(max_length=2_000)] = None,  # noqa: N803
) -> QueryParameters:
    """Dependency: see QueryParameters."""
    return QueryParameters(
        filter=filter or None,
        startIndex=startIndex,
        count=count,
        sortBy=sortBy or None,
        sortOrder=sortOrder or None,
        attributes=attributes or None,
        excludedAttributes=excludedAttributes or None,
    )


async def listed(
    asked: SearchRequest[R],
    model: type[R],
    entries: Mapping[str, Standing[S]],
    values: Callable[[str, S], Mapping[str, Collection[str]]],
    made: Callable[[Sequence[tuple[str, Standing[S]]], bool], Sequence[R]],
) -> ListResponse[R]:
    """The page of the resources that the filter finds, by id where no other order is asked for.

    `made` turns entries into resources, whole or without what refers to others. That is slow, so `values` tells of an
    id and state what some attributes (in lower case) equal, case folded: whoever cannot meet the filter's conditions on
    these is left out before.
    """
    conditions = list(required(asked.filter.ast)) if asked.filter is not None else []
    found = [(id, each) for id, each in entries.items() if _may_meet(conditions, values(id, each.state))]
    if asked.filter is not None or asked.sort_by is not None:
        whole = any(word in f"{asked.filter} {asked.sort_by}".lower() for word in _REFERRING)
        matching = asked.sort(await _matching(asked, found, lambda some: made(some, whole)))
        found = [(str(each.id), entries[str(each.id)]) for each in matching]
    first = asked.start_index_0 or 0
    page = found[first : first + min(PAGE if asked.count is None else asked.count, MAX_PAGE)]
    return ListResponse[model](
        total_results=len(found),
        start_index=first + 1,
        items_per_page=len(page),
        resources=list(made(page, not _left_out(asked))),
    )


def _left_out(asked: SearchRequest[Any]) -> bool:
    """Whether what refers to others is not asked for, as when providers look for a group and not for its members."""
    excluded = {str(path).lower() for path in asked.excluded_attributes or ()}
    return bool(excluded & _REFERRING)


async def _matching(
    asked: SearchRequest[R],
    found: Sequence[tuple[str, Standing[S]]],
    made: Callable[[Sequence[tuple[str, Standing[S]]]], Sequence[R]],
) -> list[R]:
    matching: list[R] = []
    for start in range(0, len(found), _AT_ONCE):
        resources = made(found[start : start + _AT_ONCE])
        with POLICY:
            matching += [each for each in resources if asked.filter is None or asked.filter.match(each)]
        await asyncio.sleep(0)
    return matching


def _may_meet(conditions: Sequence[Required], values: Mapping[str, Collection[str]]) -> bool:
    return all(folded(value) in values[name] for name, value in conditions if name in values)


def required(node: FilterNode) -> Iterator[Required]:
    """What every resource that the filter finds has to equal: `and`ed comparisons of texts."""
    match node:
        case LogicalExpr(op=LogicalOperator.and_):
            for term in node.terms:
                yield from required(term)
        case Comparison(op=CompareOperator.eq, value=str(value)):
            yield _name(node.attr_path), value
        case ValuePath():
            for name, value in required(node.val_filter):
                yield f"{_name(node.attr_path)}.{name}", value
        case _:
            pass


def _name(path: AttrPath) -> str:
    return ".".join(filter(None, (path.attr, path.sub_attr))).lower()

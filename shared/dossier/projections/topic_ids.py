"""The ids of topics: the sure sign that a topic was deleted and made anew under the same name.

aiokafka 0.14 speaks the metadata request up to version 5; the id is in it from version 10. This module adds the one
version it needs to aiokafka's own protocol classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast
from uuid import UUID

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Schema, TaggedFields


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as the cluster knows it now."""

    id: str
    partitions: frozenset[int]


class _Uuid(AbstractType[bytes]):
    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(16)


class _MetadataResponse(Response):
    API_KEY = 3  # pyright: ignore  (aiokafka's own classes do it this way)
    API_VERSION = 12  # pyright: ignore
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", CompactString("utf-8")),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _MetadataRequestStruct(RequestStruct):
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("topic_id", _Uuid), ("topic", CompactString("utf-8")), ("tags", TaggedFields)),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _MetadataRequest(Request[_MetadataRequestStruct]):
    API_KEY = 3

    def __init__(self, topics: Iterable[str]) -> None:
        self._topics = [(bytes(16), topic, {}) for topic in topics]

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(self._topics, False, False, {})


async def topic_states(client: AIOKafkaClient, topics: Iterable[str]) -> dict[str, TopicState]:
    """Ids and partitions of these topics; one that does not exist is absent. Creates nothing.

    Raises aiokafka.errors.KafkaError if no broker answers.
    """
    response: Any = await client.send(client.get_random_node(), _MetadataRequest(topics))
    found: dict[str, TopicState] = {}
    for topic in cast("list[dict[str, Any]]", response.to_object()["topics"]):
        if topic["error_code"] == 0:
            numbers = frozenset(partition["partition"] for partition in topic["partitions"])
            found[topic["topic"]] = TopicState(str(UUID(bytes=topic["topic_id"])), numbers)
    return found

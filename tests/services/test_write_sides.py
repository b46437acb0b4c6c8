"""Directory, addresses and engagements together: relay, Kafka, consumers and feeds are the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan

from addresses.roles import roles as addresses_roles
from addresses.settings import Settings as AddressesSettings
from directory.roles import roles as directory_roles
from directory.settings import Settings as DirectorySettings
from dossier.testing.services import ServiceUnderTest, running
from dossier.testing.spans import RecordedSpans, recorded_spans
from dossier.testing.tokens import TokenMaker
from engagements.roles import roles as engagements_roles
from engagements.settings import Settings as EngagementsSettings

pytestmark = pytest.mark.backends

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"

PARTS: dict[str, tuple[Any, Any]] = {
    "directory": (DirectorySettings, directory_roles),
    "addresses": (AddressesSettings, addresses_roles),
    "engagements": (EngagementsSettings, engagements_roles),
}


@dataclass
class Network:
    """Brings requests to the application of the host they are for."""

    services: dict[str, ServiceUnderTest] = field(default_factory=dict)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        host = dict(scope["headers"])[b"host"].decode().removesuffix(".test")
        await self.services[host].roles.app(scope, receive, send)


@pytest.fixture
async def services(
    mongo_url: str, database_name: str, kafka_bootstrap: str, topic_prefix: str, make_topics: Any
) -> AsyncIterator[dict[str, ServiceUnderTest]]:
    """The three services with all their roles."""
    await make_topics(*PARTS, partitions=2)
    network, tokens, stop = Network(), TokenMaker(), asyncio.Event()
    urls = {f"{name}_url": f"http://{name}.test" for name in PARTS}
    async with AsyncExitStack() as stack:
        for name, (settings, roles) in PARTS.items():
            http = httpx.AsyncClient(transport=httpx.ASGITransport(network), headers=tokens.service_headers(name))
            network.services[name] = await stack.enter_async_context(
                running(
                    settings,
                    roles,
                    mongo_url,
                    f"{database_name}_{name}",
                    tokens=tokens,
                    http=http,
                    kafka_bootstrap=kafka_bootstrap,
                    topic_prefix=topic_prefix,
                    **urls,
                )
            )
        tasks = [
            asyncio.ensure_future(role(stop))
            for service in network.services.values()
            for role in service.roles.tasks.values()
        ]
        yield network.services
        stop.set()
        await asyncio.gather(*tasks)


async def created(service: ServiceUnderTest, path: str, token: str | None = None, **body: Any) -> httpx.Response:
    return await service.call("POST", path, body, token=token, expect=201)


async def test_one_trace_goes_from_the_request_through_commit_relay_and_kafka_to_the_projection(
    services: dict[str, ServiceUnderTest],
) -> None:
    addresses = services["addresses"]
    with recorded_spans() as spans:
        made = await addresses.call("POST", "/v1/companies", {"name": "Acme AG"}, headers={"traceparent": PARENT})
        headers = {"Dossier-After": made.headers["Dossier-After"], "Prefer": "wait=10"}
        found = await addresses.call("GET", "/v1/companies", headers=headers, expect=200)
        assert "Dossier-Lacks" not in found.headers
        await arrived(spans)
    assert ("POST /v1/companies", "publish") in spans.edges()
    published = {span.context.span_id for span in spans.named("publish") if trace_of(span) == TRACE}
    assert published & linked(spans)


def linked(spans: RecordedSpans) -> set[int]:
    """The spans of the trace that batches of the book begin with."""
    links = [link.context for span in spans.named("book apply") for link in span.links]
    return {link.span_id for link in links if f"{link.trace_id:032x}" == TRACE}


async def arrived(spans: RecordedSpans) -> None:
    """What can be read came from the feed, where that was quicker; and the span of a batch ends a moment after."""
    for _ in range(500):
        if linked(spans):
            return
        await asyncio.sleep(0.02)


def trace_of(span: ReadableSpan) -> str:
    return f"{span.context.trace_id:032x}"


async def test_a_list_shows_what_was_written_to_a_caller_who_waits(services: dict[str, ServiceUnderTest]) -> None:
    addresses = services["addresses"]
    company = await created(addresses, "/v1/companies", name="Acme AG")
    body = {"company": company.json()["id"], "last_name": "Muster"}
    contact = await created(addresses, "/v1/contacts", **body)
    headers = {"Dossier-After": contact.headers["Dossier-After"], "Prefer": "wait=10"}
    path = f"/v1/contacts?company={body['company']}"
    found = await addresses.call("GET", path, headers=headers, expect=200)
    assert "Dossier-Lacks" not in found.headers
    assert [item["id"] for item in found.json()["items"]] == [contact.json()["id"]]


async def test_con_07_a_caller_who_waits_is_warned_of_what_it_has_just_written(
    services: dict[str, ServiceUnderTest],
) -> None:
    addresses = services["addresses"]
    company = (await created(addresses, "/v1/companies", name="Acme AG")).json()["id"]
    person = (await created(addresses, "/v1/persons", last_name="Muster")).json()["id"]
    body = {"company": company, "person": person}
    first = await created(addresses, "/v1/contacts", **body)
    headers = {"Dossier-After": first.headers["Dossier-After"], "Prefer": "wait=10"}
    second = await addresses.call("POST", "/v1/contacts", body, headers=headers, expect=201)
    (warning,) = second.json()["warnings"]
    assert (warning["rule"], warning["contacts"]) == ("CON-07", [first.json()["id"]])


async def test_rol_02_the_reason_names_the_company_that_the_own_view_has_learnt(
    services: dict[str, ServiceUnderTest],
) -> None:
    addresses, engagements = services["addresses"], services["engagements"]
    company = (await created(addresses, "/v1/companies", name="Acme AG")).json()["id"]
    contact = (await created(addresses, "/v1/contacts", company=company, last_name="Muster")).json()["id"]
    project = (await created(engagements, "/v1/projects", code="24-017", title="Relaunch")).headers["Location"]
    # Asked at once, the owner answers; nothing depends on how far the consumer is.
    witness = {"role": "witness", "address": {"type": "contact", "id": contact}}
    await created(engagements, f"{project}/roles", **witness)

    async def reason() -> str:
        customer = {"role": "customer", "address": {"type": "contact", "id": contact}}
        refused = await engagements.call("POST", f"{project}/roles", customer, expect=422)
        assert refused.json()["rule"] == "ROL-02"
        return refused.json()["detail"]

    for _ in range(300):
        if f"company-{company}" in (told := await reason()):
            break
        await asyncio.sleep(0.1)
    assert f"company-{company}" in told


async def test_a_project_is_restricted_to_users_of_the_directory(services: dict[str, ServiceUnderTest]) -> None:
    directory, engagements = services["directory"], services["engagements"]
    anna = directory.tokens.user_id("anna")
    await created(directory, "/v1/users", directory.tokens.administrator(), id=anna, name="Anna Keller")
    project = (await created(engagements, "/v1/projects", code="24-017", title="Relaunch")).headers["Location"]
    await engagements.call("PUT", f"{project}/restriction", {"users": [anna]}, expect=200)
    bruno = engagements.tokens.user("bruno")
    await engagements.call("GET", project, expect=200)
    await engagements.call("GET", project, token=bruno, expect=404)


async def test_opp_06_a_caller_who_waits_makes_a_project_of_what_it_has_just_written(
    services: dict[str, ServiceUnderTest],
) -> None:
    addresses, engagements = services["addresses"], services["engagements"]
    company = (await created(addresses, "/v1/companies", name="Acme AG")).json()["id"]
    contact = await created(addresses, "/v1/contacts", company=company, last_name="Muster")
    address = {"type": "contact", "id": contact.json()["id"]}
    opportunity = (await created(engagements, "/v1/opportunities", title="Roof", address=address)).headers["Location"]
    waiting = {"Dossier-After": contact.headers["Dossier-After"], "Prefer": "wait=10"}
    made = await engagements.call("POST", f"{opportunity}/project", {"code": "26-1"}, headers=waiting, expect=201)
    assert made.json()["customer"] == {"type": "company", "id": company, "alias": "Acme AG", "deleted": False}
    waiting["Dossier-After"] = made.headers["Dossier-After"]
    found = await engagements.call("GET", f"/v1/roles?address=company-{company}", headers=waiting, expect=200)
    assert "Dossier-Lacks" not in found.headers
    (item,) = found.json()["items"]
    assert (item["code"], [role["role"] for role in item["roles"]]) == ("26-1", ["customer"])
    customers = await engagements.call("GET", f"/v1/customers?address=company-{company}", headers=waiting, expect=200)
    assert [each["by"] for each in customers.json()["items"]] == [["project"]]

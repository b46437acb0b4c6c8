"""The door for raw mail over HTTP: what is no mail is refused, and whatever has a header field is one."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from dossier.testing.services import ServiceUnderTest, running
from dossier.testing.tokens import bearer
from email_ingest.roles import roles
from email_ingest.settings import Settings


@pytest.fixture
async def email(mongo_url: str, database_name: str) -> AsyncGenerator[ServiceUnderTest]:
    async with running(Settings, roles, mongo_url, database_name) as email:
        yield email


async def handed_in(email: ServiceUnderTest, raw: bytes) -> tuple[int, str | None, str | None]:
    headers = {"Content-Type": "message/rfc822", **bearer(email.tokens.user("anna"))}
    answer = await email.http.post("/v1/messages", content=raw, headers=headers)
    return answer.status_code, answer.json().get("rule"), answer.json().get("field")


@pytest.mark.parametrize(
    "raw", [b"", b" \r\n", b"garbage without headers", b"two words: no name of a field", b"\r\n\r\nSubject: too late"]
)
async def test_eml_11_what_has_no_header_field_is_no_mail(email: ServiceUnderTest, raw: bytes) -> None:
    assert await handed_in(email, raw) == (422, "EML-11", "body")
    assert await email.roles.app.state.service.database["deliveries"].count_documents({}) == 0


@pytest.mark.parametrize(
    "raw", [b"Subject: alone", b"From anna Mon Jan 5 09:30:00\nX-Any:\n\nText", b"odd line\nTo: x"]
)
async def test_eml_11_whatever_has_a_header_field_is_taken(email: ServiceUnderTest, raw: bytes) -> None:
    assert await handed_in(email, raw) == (202, None, None)

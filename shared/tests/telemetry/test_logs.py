"""The deny-list: no body, name, address or token reaches a log line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dossier.contracts.addresses import CompanyRegistered
from dossier.contracts.base import personal_fields
from dossier.telemetry import logs

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ6ZWJ1bG9uIn0.c2lnbmF0dXJl"


def cleaned(**fields: Any) -> dict[str, Any]:
    return dict(logs.remove_personal_data(None, "info", fields))


LISTED = ["body", "name", "text", "title", "subject", "email", "phone", "token", "authorization"]


@pytest.mark.parametrize("name", LISTED)
def test_fields_on_the_list_are_removed(name: str) -> None:
    assert cleaned(**{name: "Zebulon"}) == {name: logs.REMOVED}


def test_fields_that_contracts_mark_personal_are_on_the_list() -> None:
    names = logs.personal_names()
    assert personal_fields(CompanyRegistered) <= names
    assert {"last_name", "name", "text"} <= names
    assert all(cleaned(**{name: "Zebulon"}) == {name: logs.REMOVED} for name in names - {"reason"})


@pytest.mark.parametrize(
    "text",
    [
        "mail from zebulon@canary.example refused",
        "<zebulon.quagmire+crm@canary.example>",
        f"token {JWT} expired",
        "Authorization: Bearer abcdefghijklmnop",
        "call +41 79 555 01 23 back",
        "zebulon@canary.example",
        "+41795550123",
        JWT,
    ],
)
def test_whatever_looks_like_an_address_a_number_or_a_token_is_removed(text: str) -> None:
    for name in ("reason", "event"):
        found = cleaned(**{name: text})[name]
        assert logs.REMOVED in found
        for private in ("zebulon", JWT, "abcdefghijklmnop", "555"):
            assert private not in found


def test_a_value_with_a_blank_in_it_is_text_and_text_is_removed() -> None:
    assert cleaned(reason="Zebulon Quagmire", step="lease lost") == {"reason": logs.REMOVED, "step": logs.REMOVED}


def test_what_is_no_plain_value_is_replaced_by_its_kind() -> None:
    found = cleaned(model=CompanyRegistered(name="Zebulon"), document={"a": "Zebulon"}, rows=["Zebulon"], shards=[1, 2])
    assert found == {"model": "[CompanyRegistered]", "document": logs.REMOVED, "rows": "[list]", "shards": [1, 2]}


def test_ids_counts_and_words_stay() -> None:
    stream = "contact-01900000-0000-7000-8000-000000000001"
    fields = {
        "stream": stream,
        "lag": 1.5,
        "shard": 3,
        "reason": "lease-lost",
        "shards": "1 2 3",
        "topic": "crm.emails",
    }
    assert cleaned(**fields) == fields


def test_an_exception_leaves_type_and_place_but_not_its_text() -> None:
    try:
        try:
            raise KeyError("Zebulon")
        except KeyError as inner:
            raise ValueError("Zebulon again") from inner
    except ValueError as error:
        fields = logs.describe_exception(None, "error", {"exc_info": error, "event": "x"})
    assert (fields["error"], fields["error_cause"]) == ("ValueError", "KeyError")
    assert "test_an_exception_leaves" in fields["error_at"]
    assert "Zebulon" not in json.dumps(dict(fields))


PROGRAM = """
import asyncio, logging, warnings
from dossier.telemetry import logs
logs.configure("sample")
logging.getLogger("aiokafka").warning("record for zebulon@canary.example failed")
logging.getLogger("aiokafka").warning("%s of %s, %d left", "Zebulon Quagmire", "crm.emails", 3)
try:
    raise ValueError("Zebulon Quagmire")
except ValueError:
    logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    logs.logger().error("sample.failed", exc_info=True)
logging.getLogger("chatty").info("not shown")
warnings.warn("careful")
logs.logger().debug("not shown")
logs.request("GET", "/groups/{id}", 200, 1.5)
"""


def test_libraries_and_own_lines_are_json_on_stdout_with_one_schema() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    events = [line["event"] for line in lines]
    assert events[1:4] == [f"{logs.REMOVED} of crm.emails, 3 left", "Exception in ASGI application", "sample.failed"]
    assert lines[-1]["event"] == "http.request"
    assert len(lines) == 6
    for line in lines:
        assert {"timestamp", "level", "service", "event"} <= line.keys()
    for private in ("Zebulon", "canary.example", "not shown"):
        assert private not in run.stdout + run.stderr


UNDAUNTED = """
import sys
from dossier.telemetry import logs
logs.configure("sample")
for number in range(2_000):
    logs.logger().warning("sample.at-work", count=number)
    logs.request("GET", "/groups/{id}", 200, 1.5)
print("went on", file=sys.stderr)
"""


def test_a_log_that_cannot_be_written_stops_no_work() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-c", UNDAUNTED]
        run = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    assert run.stderr.startswith("went on\n")

"""One process, one or several roles: started together, watched, stopped in order, always within the set time."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

Run = Callable[..., Any]


def test_all_roles_run_in_one_process_and_stop_in_order(run: Run) -> None:
    sample = run().ready()
    assert sample.http.get("/readyz").json() == {
        "status": "ready",
        "checks": {"mongo": "ok", "role-worker": "ok", "role-relay": "ok"},
    }
    code, seconds = sample.stop()
    assert code == 0, sample.out.read_text()
    assert seconds < 10
    order = [line["event"] for line in sample.logged() if line["event"].startswith(("process.", "sample."))]
    assert order == [
        "process.started",
        "process.stopping",
        "sample.worker-ended",
        "sample.relay-ended",
        "process.stopped",
    ]


def test_a_role_alone_has_probes_and_metrics_but_no_api(run: Run) -> None:
    sample = run("relay").ready()
    assert sample.http.get("/livez").status_code == 200
    assert "crm_http_in_flight" in sample.http.get("/metrics").text
    assert sample.http.get("/groups").json()["type"].endswith("no-such-route")
    assert sample.stop(signal.SIGINT)[0] == 0
    assert sample.logged("sample.relay-ended")
    assert not sample.logged("sample.worker-ended")


def test_requests_under_way_are_answered_and_event_streams_end_when_the_process_stops(run: Run) -> None:
    sample = run("api").ready()
    received: list[bytes] = []

    def listen() -> None:
        with sample.http.stream("GET", "/odd/stream") as answer:
            received.extend(answer.iter_bytes())

    listening = threading.Thread(target=listen)
    listening.start()
    while not received:
        time.sleep(0.05)
    code, seconds = sample.stop()
    listening.join(5)
    assert not listening.is_alive()
    assert code == 0
    assert seconds < 3


def test_requests_are_answered_while_others_learn_that_the_process_will_end(run: Run) -> None:
    sample = run("api", drain_seconds="2").ready()
    began = time.monotonic()
    sample.process.send_signal(signal.SIGTERM)
    while sample.http.get("/readyz").status_code == 200:
        assert time.monotonic() < began + 1
    while time.monotonic() < began + 1.5:
        ready = httpx.get(f"{sample.http.base_url}/readyz", trust_env=False)  # on a new connection
        assert (ready.status_code, ready.json()["status"]) == (503, "ending")
        assert sample.http.get("/livez").status_code == 200
        assert sample.http.get("/groups").status_code == 401, "not 503: the service still serves"
        time.sleep(0.05)
    assert sample.ended() == 0
    assert 2 <= time.monotonic() - began < 5
    order = [line["event"] for line in sample.logged() if line["event"].startswith("process.")]
    assert order == ["process.started", "process.draining", "process.stopping", "process.stopped"]


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_waiting_and_stops_in_order(run: Run, second: signal.Signals) -> None:
    sample = run("api", "worker", drain_seconds="20").ready()
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(sample.http.get("/odd/slow")))
    sample.process.send_signal(signal.SIGTERM)
    while not sample.logged("process.draining"):
        time.sleep(0.05)
    asking.start()
    while "crm_http_in_flight 2.0" not in sample.http.get("/metrics").text:
        time.sleep(0.05)
    code, seconds = sample.stop(second)
    asking.join(5)
    assert (code, seconds < 10, len(answers)) == (0, True, 1), "what is under way gets its time, and its answer"
    order = [line["event"] for line in sample.logged() if line["event"].startswith(("process.", "sample."))]
    assert order[1:] == ["process.draining", "process.stopping", "sample.worker-ended", "process.stopped"]


@pytest.mark.parametrize(("roles", "variables"), [(("worker",), {}), (("api", "worker"), {"worker": "dies"})])
def test_who_takes_nothing_in_or_is_broken_does_not_wait(
    run: Run, roles: tuple[str, ...], variables: dict[str, str]
) -> None:
    sample = run(*roles, drain_seconds="20", **variables)
    if not variables:
        sample.ready().process.send_signal(signal.SIGTERM)
    sample.process.wait(15)
    assert not sample.logged("process.draining")


def test_the_time_for_stopping_is_a_setting(run: Run) -> None:
    sample = run(worker="hangs", stop_seconds="2").ready()
    code, seconds = sample.stop()
    assert (code, seconds < 3) == (1, True)
    sample = run("api", stop_seconds="30").ready()
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(sample.http.get("/odd/slow")))
    asking.start()
    while "crm_http_in_flight 2.0" not in sample.http.get("/metrics").text:
        time.sleep(0.05)
    assert 6 < sample.stop()[1] < 12, "a request under way gets a quarter of it"
    asking.join(5)


def test_a_request_that_is_still_at_work_when_the_process_ends_is_told_so(run: Run) -> None:
    sample = run("api").ready()
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(sample.http.get("/odd/slow")))
    asking.start()
    while "crm_http_in_flight 2.0" not in sample.http.get("/metrics").text:
        time.sleep(0.05)
    assert sample.stop()[0] == 0
    asking.join(5)
    (answer,) = answers
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:problem-type:dossier:timeout")


@pytest.mark.parametrize("how", ["dies", "returns"])
def test_a_role_that_ends_takes_the_process_down(run: Run, how: str) -> None:
    sample = run(worker=how)
    assert sample.ended() == 1
    (died,) = sample.logged("role.died")
    assert died["role"] == "worker"
    assert died.get("error") == ("ValueError" if how == "dies" else None)
    assert sample.logged("sample.relay-ended"), "the others stop in order all the same"
    assert "Zebulon" not in sample.out.read_text()


def test_a_role_whose_dependency_was_away_is_tried_again(run: Run) -> None:
    sample = run(worker="stumbles").ready()
    while len(sample.logged("role.interrupted")) < 2:
        time.sleep(0.05)
    assert sample.http.get("/livez").status_code == 200
    assert sample.stop()[0] == 0
    assert "Zebulon" not in sample.out.read_text()


def test_a_role_that_does_not_stop_does_not_keep_the_process(run: Run) -> None:
    sample = run(worker="hangs").ready()
    code, seconds = sample.stop()
    assert seconds < 10
    assert code == 1
    assert sample.logged("role.stop-timeout")[0]["role"] == "worker"
    assert sample.logged("process.stopped")


def test_without_the_database_the_process_lives_is_not_ready_and_refuses_clearly(run: Run) -> None:
    sample = run(mongo_url="mongodb://127.0.0.1:9/?replicaSet=none&serverSelectionTimeoutMS=300").answers("/livez")
    answer = sample.http.get("/readyz")
    assert answer.status_code == 503
    assert set(answer.json()["checks"].values()) == {"failed"}
    refused = sample.http.get("/groups")
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    code, seconds = sample.stop()
    assert seconds < 10
    assert code == 0


def test_a_role_that_ends_takes_the_process_down_when_no_log_can_be_written(run: Run) -> None:
    assert run(worker="dies", out=Path("/dev/full")).ended() != 0


def test_a_busy_port_is_a_clear_word(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        sample = run(port=str(port))
        assert sample.ended() == 1
    (line,) = sample.logged("process.port-not-free")
    assert line["port"] == port


@pytest.mark.parametrize(
    ("roles", "variables", "word"),
    [
        (("pilot",), {}, "pilot"),
        ((), {"environment": "production"}, "DOSSIER_TOKEN_KEY"),
        ((), {"worker": "zebulon"}, "DOSSIER_WORKER"),
    ],
)
def test_wrong_settings_and_roles_are_refused_at_once(
    run: Run, roles: tuple[str, ...], variables: dict[str, str], word: str
) -> None:
    sample = run(*roles, **variables)
    assert sample.ended() == 2
    assert word in sample.out.read_text()
    assert "Traceback" not in sample.out.read_text()
    assert "zebulon" not in sample.out.read_text()

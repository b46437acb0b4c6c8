"""Settings that are wrong are told all at once, by variable and with what is allowed, and nothing starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dossier.cli.app import ClientSettings
from dossier.files import FileSettings
from dossier.projections.settings import ProjectionSettings
from dossier.settings import UnsafeSettings, from_environment
from dossier.topics import TopicSettings

SECRET = "correct-horse"
WRONG = [
    ("LOG_LEVEL", "LAUT", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    ("CAPABILITIES", '{"*": ["fly"]}', "there are the capabilities administer, create, "),
    ("CAPABILITIES", '{"*": ', "is no JSON"),
    ("CAPABILITIES", '{"Zebulon": 3}', "valid list"),
    ("CA_FILE", "/not/there", "names no file"),
    ("CA_FILE", __file__, "holds no certificates in PEM"),
    ("MONGO_URL", f"mongo://user:{SECRET}@host", "is no connection string, such as mongodb://"),
    ("MONGO_URL", f"mongodb://user:{SECRET}@host:port", "is no connection string"),
    ("MONGO_URL", "mongodb://host/?tls=true&tlsCAFile=/not/there", "names a file that cannot be read"),
    ("KAFKA_BOOTSTRAP", "a:b", "is no list of hosts and ports, such as kafka-1:9092"),
    ("KAFKA_BOOTSTRAP", "kafka:70000", "is no list of hosts and ports"),
    ("KAFKA_BOOTSTRAP", "", "is no list of hosts and ports"),
    ("PORT", "70000", "is no port: 0 to 65535"),
    ("MONGO_DATABASE", "a.b", "is no name"),
    ("TOPIC_PREFIX", "a b", "should match pattern"),
    ("REQUEST_SECONDS", "1e300", "less than or equal to 3600"),
    ("DRAIN_SECONDS", "inf", "less than or equal to 3600"),
    ("STOP_SECONDS", "nan", "than or equal to "),
    ("ISSUER_URL", "nourl", "is no address, such as https://host:8443"),
    ("ACTIVITIES_URL", "http://host:port", "is no address"),
    ("DIRECTORY_URL", "", "is no address"),
    ("OTLP_ENDPOINT", "collector:4318", "is no address"),
    ("PROJECTION_MAX_RECORDS", "many", "valid integer"),
    ("PROJECTION_MAX_RECORDS", "0", "greater than or equal to 1"),
    ("PROJECTION_HEADS_PERIOD", "inf", "less than or equal to 86400"),
    ("PROJECTION_LEASE", "nan", "than"),
    ("PROJECTION_PARKING_BUDGET", "-1", "greater than 0"),
]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DOSSIER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DOSSIER_ENVIRONMENT", "test")


@pytest.mark.parametrize(("variable", "value", "words"), WRONG)
def test_a_wrong_setting_is_told_by_its_variable_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"DOSSIER_{variable}", value)
    with pytest.raises(UnsafeSettings) as refused:
        from_environment(ClientSettings, ProjectionSettings)
    said = str(refused.value)
    assert said.startswith(f"DOSSIER_{variable}: ")
    assert words in said
    assert [word for word in ("\n", SECRET, "Zebulon") if word in said] == []


def test_all_wrong_settings_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in (("LOG_LEVEL", "LAUT"), ("PORT", "x"), ("PROJECTION_LEASE", "x")):
        monkeypatch.setenv(f"DOSSIER_{variable}", value)
    with pytest.raises(UnsafeSettings) as refused:
        from_environment(ClientSettings, ProjectionSettings)
    told = [fault.split(":")[0] for fault in str(refused.value).split("; ")]
    assert told == ["DOSSIER_PORT", "DOSSIER_LOG_LEVEL", "DOSSIER_PROJECTION_LEASE"]


def test_s3_needs_a_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    class Settings(FileSettings):
        service: str = "activities"
        port: int = 1
        mongo_database: str = "activities"

    monkeypatch.setenv("DOSSIER_FILES", "s3")
    with pytest.raises(UnsafeSettings, match="DOSSIER_FILES s3 needs DOSSIER_S3_BUCKET"):
        from_environment(Settings)
    monkeypatch.setenv("DOSSIER_S3_BUCKET", "papers")
    assert from_environment(Settings).s3_bucket == "papers"


@pytest.mark.parametrize("value", ["1e300", "inf", "nan", "0"])
def test_records_stay_on_the_topics_for_a_time_that_there_is(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DOSSIER_KAFKA_BOOTSTRAP", "kafka:9092")
    monkeypatch.setenv("DOSSIER_TOPIC_RETENTION_HOURS", value)
    with pytest.raises(UnsafeSettings, match="DOSSIER_TOPIC_RETENTION_HOURS: "):
        from_environment(TopicSettings)


@pytest.mark.parametrize("module", ["dossier.testing.sample", "dossier.auth.issuer", "dossier.topics", "addresses"])
def test_a_process_ends_with_2_and_one_line(tmp_path: Path, module: str) -> None:
    wrong = {"DOSSIER_PORT": "x", "DOSSIER_TOPIC_REPLICATION": "x", "DOSSIER_KAFKA_BOOTSTRAP": "a:b"}
    ended = subprocess.run(
        [sys.executable, "-m", module],
        env=os.environ | wrong, capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    assert line.startswith("settings: DOSSIER_")


def test_a_command_ends_with_1_and_names_the_variable(tmp_path: Path) -> None:
    ended = subprocess.run(
        [Path(sys.executable).with_name("dossier"), "topics"],
        env=os.environ | {"DOSSIER_KAFKA_BOOTSTRAP": "a:b"}, capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr.splitlines()[0][:33]) == (1, "settings: DOSSIER_KAFKA_BOOTSTRAP")

"""How to reach Kafka: what contradicts itself is refused before anything connects, in words without values."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from dossier.kafka import KafkaAccess, KafkaSettings
from dossier.relay.publisher import Publisher, PublishingFailed
from dossier.settings import faults_of
from dossier.testing.certificates import Authority

SASL = {"kafka_protocol": "SASL_SSL", "kafka_user": "dossier", "kafka_password": "correct-horse"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kafka_protocol": "SASL_SSL", "kafka_user": "u"}, "PROTOCOL SASL_SSL needs DOSSIER_KAFKA_PASSWORD"),
        ({"kafka_protocol": "SASL_PLAINTEXT", "kafka_password": "p"}, "SASL_PLAINTEXT needs DOSSIER_KAFKA_USER"),
        ({"kafka_user": "u"}, "DOSSIER_KAFKA_USER has no use with DOSSIER_KAFKA_PROTOCOL PLAINTEXT"),
        ({"kafka_protocol": "SSL", "kafka_password": "p"}, "DOSSIER_KAFKA_PASSWORD has no use with"),
        ({"kafka_ca_file": __file__}, "DOSSIER_KAFKA_CA_FILE has no use with DOSSIER_KAFKA_PROTOCOL PLAINTEXT"),
        (
            {**SASL, "kafka_protocol": "SASL_PLAINTEXT", "kafka_ca_file": __file__},
            "DOSSIER_KAFKA_CA_FILE has no use with DOSSIER_KAFKA_PROTOCOL SASL_PLAINTEXT",
        ),
        ({"kafka_protocol": "SSL", "kafka_key_file": __file__}, "need each other"),
        ({"kafka_protocol": "SSL", "kafka_ca_file": "/not/there"}, "DOSSIER_KAFKA_CA_FILE: names no file"),
        ({"kafka_protocol": "SSL", "kafka_ca_file": __file__}, "DOSSIER_KAFKA_CA_FILE holds no certificates in PEM"),
        (
            {"kafka_protocol": "SSL", "kafka_certificate_file": __file__, "kafka_key_file": __file__},
            "DOSSIER_KAFKA_CERTIFICATE_FILE and DOSSIER_KAFKA_KEY_FILE are no certificate in PEM and its key",
        ),
        ({"kafka_protocol": "TLS"}, "DOSSIER_KAFKA_PROTOCOL: Input should be 'PLAINTEXT', 'SSL'"),
        ({"kafka_mechanism": "GSSAPI"}, "DOSSIER_KAFKA_MECHANISM: Input should be 'PLAIN'"),
    ],
)
def test_a_contradiction_is_refused(given: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        KafkaSettings(kafka_bootstrap="kafka:9093", **given)  # pyright: ignore[reportArgumentType]
    said = faults_of(refused.value)
    assert words in said
    assert not said.startswith("DOSSIER_: ")
    assert "correct-horse" not in said


def test_what_fits_together_is_taken_and_keeps_its_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority = Authority(tmp_path).file
    for name, value in {**SASL, "kafka_bootstrap": "kafka:9093", "kafka_ca_file": str(authority)}.items():
        monkeypatch.setenv(f"DOSSIER_{name.upper()}", value)
    settings = KafkaSettings()  # pyright: ignore[reportCallIssue]  (read from the environment)
    assert (settings.kafka.user, settings.kafka.password) == ("dossier", "correct-horse")
    assert settings.kafka.mechanism == "SCRAM-SHA-512", "the one that does not show the password"
    assert "correct-horse" not in f"{settings!r} {settings.kafka!r}"


async def test_a_certificate_that_is_not_there_for_a_moment_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("half a certi")
    for file, words in (("ca.pem", "SSLError"), ("none.pem", "FileNotFoundError")):
        access = KafkaAccess("127.0.0.1:1", "SSL", ca_file=str(tmp_path / file))
        with pytest.raises(PublishingFailed, match=words):
            await Publisher(access, "topic")._ready()

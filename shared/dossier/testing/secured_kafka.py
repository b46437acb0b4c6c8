"""A broker of a test's own that lets nobody in without credentials: by password, and by certificate."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dossier.kafka import KafkaAccess, Mechanism
from dossier.testing.certificates import Authority
from local_stack import kafka
from local_stack.ports import LOOPBACK, free_port

USER, PASSWORD = "dossier", "correct-horse"
_PLAIN_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"


@dataclass(frozen=True)
class _Secured(kafka.Kafka):
    by_password: int
    by_certificate: int
    authority: Path
    identity: Path

    def _settings(self) -> dict[str, str]:
        lines = super()._settings()
        ports = {"PASSWORD": self.by_password, "CERTIFICATE": self.by_certificate}
        further = "".join(f",{name}://{LOOPBACK}:{port}" for name, port in ports.items())
        lines["listeners"] += further
        lines["advertised.listeners"] += further
        lines["listener.security.protocol.map"] += ",PASSWORD:SASL_PLAINTEXT,CERTIFICATE:SSL"
        by_password = "listener.name.password"
        by_certificate = "listener.name.certificate.ssl"
        return lines | {
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            f"{by_password}.plain.sasl.jaas.config": f'{_PLAIN_LOGIN} required user_{USER}="{PASSWORD}";',
            f"{by_password}.scram-sha-512.sasl.jaas.config": f"{_SCRAM_LOGIN} required;",
            f"{by_certificate}.client.auth": "required",
            f"{by_certificate}.keystore.type": "PEM",
            f"{by_certificate}.keystore.location": str(self.identity),
            f"{by_certificate}.truststore.type": "PEM",
            f"{by_certificate}.truststore.location": str(self.authority),
        }

    def _format(self, properties: Path, *more: str) -> None:
        scram = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        super()._format(properties, "--add-scram", scram, *more)


class SecuredKafka:
    """The running broker, and the ways in."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder / "certificates")
        certificate, key = self.authority.issue("broker")
        identity = folder / "certificates" / "broker-with-key.pem"
        identity.write_bytes(key.read_bytes() + certificate.read_bytes())
        ports = [free_port() for _ in range(4)]
        self.broker = _Secured(folder, *ports, authority=self.authority.file, identity=identity)
        self._own = self.authority.issue("service")

    def by_password(self, mechanism: Mechanism = "PLAIN", password: str = PASSWORD) -> KafkaAccess:
        """With a user and a password."""
        bootstrap = f"{LOOPBACK}:{self.broker.by_password}"
        return KafkaAccess(bootstrap, "SASL_PLAINTEXT", mechanism, USER, password)

    def by_certificate(self, authority: Authority | None = None) -> KafkaAccess:
        """Encrypted, with a certificate of one's own; `authority` is another one to trust than the broker's."""
        certificate, key = map(str, self._own)
        ca_file = str((authority or self.authority).file)
        bootstrap = f"{LOOPBACK}:{self.broker.by_certificate}"
        return KafkaAccess(bootstrap, "SSL", ca_file=ca_file, certificate_file=certificate, key_file=key)


@asynccontextmanager
async def secured_kafka(folder: Path) -> AsyncGenerator[SecuredKafka]:
    """A running broker that ends with the context."""
    secured = SecuredKafka(folder)
    process = await asyncio.to_thread(secured.broker.start)
    try:
        await asyncio.to_thread(secured.broker.wait_until_ready, process)
        yield secured
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.wait)
        shutil.rmtree(folder, ignore_errors=True)

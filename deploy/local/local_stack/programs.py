"""What is started, in which order, and how each says that it is ready."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from local_stack import kafka, mongo, processes
from local_stack.kafka import Kafka
from local_stack.mongo import Mongo
from local_stack.services import (
    SERVICES,
    Service,
    issuer_environment,
    service_environment,
    topics_environment,
)
from local_stack.settings import Settings

PORTS_OF: dict[str, list[str]] = {
    "mongo": ["mongo"],
    "kafka": ["kafka", "kafka-controller"],
    "topics": [],
    "issuer": ["issuer"],
    **{service.name: [service.name, *service.further_ports.values()] for service in SERVICES},
}
"""Names of the ports on which each part listens."""


@dataclass(frozen=True)
class Program:
    """One part of the stack. A job (`once`) is done when it ends well; it is never asked whether it is ready."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    is_ready: Callable[[], bool]
    log: Path
    once: bool = False
    again_after: str = ""
    """The part that may lose what this job made: whenever it was started anew, the job runs again."""


def stages(settings: Settings) -> list[list[Program]]:
    """The parts that this stack starts: those of a stage at once, when the stage before is ready."""
    planned = [
        [_mongo(settings), _kafka(settings)],
        [_topics(settings)],
        [_issuer(settings)],
        [_service(settings, service) for service in SERVICES],
    ]
    wanted = [[program for program in stage if settings.starts(program.name)] for stage in planned]
    return [stage for stage in wanted if stage]


def mongo_server(settings: Settings) -> Mongo:
    """The MongoDB of this stack, whether it runs or not."""
    return Mongo(settings.folder / "mongo", settings.ports["mongo"], cache_gb=0.5, oplog_mb=512)


def answers_http(url: str) -> bool:
    """Whether a GET of `url` gives 200. No proxy is asked: all of this is on this machine."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def _mongo(settings: Settings) -> Program:
    server = mongo_server(settings)
    return Program("mongo", server.start, partial(mongo.is_primary_after_nudge, server.port), server.log)


def _kafka(settings: Settings) -> Program:
    broker = Kafka(settings.folder / "kafka", settings.ports["kafka"], settings.ports["kafka-controller"])
    return Program("kafka", broker.start, partial(kafka.answers, broker.bootstrap), broker.log)


def _topics(settings: Settings) -> Program:
    environment = topics_environment(settings.places)
    job = _python(settings, "topics", ["dossier.topics"], environment, ready_at="")
    return replace(job, once=True, again_after="kafka")  # a full disk can cost Kafka all it knew of topics


def _issuer(settings: Settings) -> Program:
    ready_at = f"{settings.places.url('issuer')}/.well-known/openid-configuration"
    environment = issuer_environment(settings.places)
    return _python(settings, "issuer", ["dossier.auth.issuer"], environment, ready_at=ready_at)


def _service(settings: Settings, service: Service) -> Program:
    ready_at = f"{settings.places.url(service.name)}/readyz"
    environment = service_environment(service, settings.places)
    return _python(settings, service.name, [service.module, *service.roles], environment, ready_at=ready_at)


def _python(
    settings: Settings,
    name: str,
    module_and_arguments: list[str],
    environment: dict[str, str],
    *,
    ready_at: str,
) -> Program:
    log = settings.folder / "logs" / f"{name}.log"
    command = [sys.executable, "-m", *module_and_arguments]
    start = partial(processes.start, command, log=log, env=os.environ | {"PYTHONUNBUFFERED": "1"} | environment)
    return Program(name, start, partial(answers_http, ready_at), log)

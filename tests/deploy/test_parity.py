"""docker-compose.yml, the images and the local stack are one system: same services, variables, ports and topics."""

import importlib
import importlib.util
import re
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dossier import runtime, topics
from dossier.auth.issuer import IssuerSettings
from dossier.projections.settings import ProjectionSettings
from dossier.settings import ServiceSettings
from local_stack import kafka, kafka_jars, services
from local_stack.images import KAFKA_IMAGE, MONGO_IMAGE
from local_stack.ports import LOOPBACK
from local_stack.services import DEFAULT_PORTS, SERVICES, Places, Service

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]

# Where things are for one container among the others.
PLACES = Places(
    mongo_url="mongodb://mongo:27017/?replicaSet=dossier",
    kafka_bootstrap="kafka:19092",
    listen_on="0.0.0.0",
    host_of=lambda name: name,
    ports=DEFAULT_PORTS,
    issuer_folder="/tmp/issuer",
)

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def test_both_have_the_same_parts() -> None:
    assert set(COMPOSE) == {"mongo", "kafka", "topics", "issuer", "operator", *(service.name for service in SERVICES)}


def test_every_service_folder_is_in_the_table() -> None:
    folders = {path.parent.name for path in ROOT.glob("services/*/pyproject.toml")} - {"web"}
    assert folders == {service.name for service in SERVICES}


@each_service
def test_a_service_has_the_same_roles_variables_and_ports(service: Service) -> None:
    composed = COMPOSE[service.name]
    assert composed["command"] == list(service.roles)
    assert _in_container(service.name) == _said_by_image(service.name) | services.service_environment(service, PLACES)
    ports = [DEFAULT_PORTS[name] for name in (service.name, *service.further_ports.values())]
    assert composed["ports"] == [_published(port) for port in ports]


def test_the_issuer_and_the_topics_job_have_the_same_variables() -> None:
    assert _in_container("issuer") == _said_by_image("issuer") | services.issuer_environment(PLACES)
    assert COMPOSE["issuer"]["ports"] == [_published(DEFAULT_PORTS["issuer"])]
    assert COMPOSE["topics"]["environment"] == services.topics_environment(PLACES)
    assert COMPOSE["topics"]["entrypoint"] == ["python", "-m", topics.__name__]


@pytest.mark.parametrize("part", ["issuer", *(service.name for service in SERVICES)])
def test_what_an_image_says_itself_compose_does_not_say_again(part: str) -> None:
    assert _said_by_image(part)["DOSSIER_HOST"] == PLACES.listen_on, "an image that listens on loopback answers nobody"
    assert not _said_by_image(part).items() & COMPOSE[part]["environment"].items()


def test_the_operator_has_the_variables_of_the_command_line_and_acts_for_each_service_as_that_one() -> None:
    composed = COMPOSE["operator"]
    assert composed["environment"] == services.tool_environment(PLACES)
    assert not {"DOSSIER_MONGO_DATABASE", "DOSSIER_CLIENT_ID"} & {*composed["environment"], *_said_by_image("operator")}
    assert composed["profiles"] == ["operator"]


def test_the_image_of_the_operator_has_all_that_its_packages_need() -> None:
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "deploy/operator/requirements.txt").read_text(), re.MULTILINE))
    own = [f"dossier-{service.name}" for service in SERVICES]
    assert {"typer", "rich"} <= locked
    assert _needed([("dossier", "cli"), *((name, "") for name in own)]) - {"dossier", *own} - locked == set()
    assert 'ENTRYPOINT ["dossier"]\n' in (ROOT / "deploy/operator/Dockerfile").read_text()


def test_kafka_has_the_same_settings() -> None:
    composed = COMPOSE["kafka"]
    assert (composed["image"], composed["ports"]) == (KAFKA_IMAGE, [_published(DEFAULT_PORTS["kafka"])])
    expected = {f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in kafka.SETTINGS.items()}
    assert expected.items() <= composed["environment"].items()
    jar_version = next(jar.version for jar in kafka_jars.pinned_jars() if jar.artifact == "kafka_2.13")
    assert KAFKA_IMAGE.endswith(f":{jar_version}")


def test_mongo_is_the_same_replica_set() -> None:
    composed = COMPOSE["mongo"]
    assert (composed["image"], composed["ports"]) == (MONGO_IMAGE, [_published(DEFAULT_PORTS["mongo"])])
    assert {"--replSet=dossier", "--setParameter=transactionLifetimeLimitSeconds=10"} <= {*composed["command"]}


@each_service
def test_every_variable_of_the_table_is_one_of_the_service(service: Service) -> None:
    declared = {f"DOSSIER_{name.upper()}" for name in _settings_of(service).model_fields}
    if "consumer" in service.roles:
        declared |= {f"DOSSIER_PROJECTION_{name.upper()}" for name in ProjectionSettings.model_fields}
    assert services.service_environment(service, PLACES).keys() | _said_by_image(service.name).keys() <= declared


@pytest.mark.parametrize(
    "service",
    [service for service in SERVICES if importlib.util.find_spec(f"{service.module}.__main__")],
    ids=lambda service: service.name,
)
async def test_every_role_of_a_service_runs(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSSIER_ENVIRONMENT", "test")
    running = runtime.Service(_settings_of(service)())
    roles = importlib.import_module(f"{service.module}.roles").roles(running)
    await running.stop()
    assert {runtime.API, *roles.tasks} == set(service.roles)


def test_every_variable_of_the_issuer_is_one_of_its_settings() -> None:
    declared = {f"DOSSIER_{name.upper()}" for name in IssuerSettings.model_fields}
    assert services.issuer_environment(PLACES).keys() <= declared


def test_what_services_assume_of_each_other_are_the_default_ports() -> None:
    for service in SERVICES:
        assumed = ServiceSettings.model_fields[f"{service.module}_url"].default
        assert assumed == f"http://{LOOPBACK}:{DEFAULT_PORTS[service.name]}"


@each_service
def test_images_differ_in_names_and_ports_only(service: Service) -> None:
    assert _generic_image(service) == _generic_image(SERVICES[0])
    ports = [DEFAULT_PORTS[name] for name in (service.name, *service.further_ports.values())]
    assert f"EXPOSE {' '.join(map(str, ports))}\n" in _image(service)
    assert COMPOSE[service.name]["build"]["dockerfile"] == f"services/{service.name}/Dockerfile"


@pytest.mark.parametrize("part", ["activities", "operator"])
def test_images_are_built_in_stages_from_hashed_locks_and_do_not_run_as_root(part: str) -> None:
    image = (ROOT / COMPOSE[part]["build"]["dockerfile"]).read_text()
    assert image.count("\nFROM ") == 2
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", image, re.MULTILINE)
    installs = re.findall(r"install .*requirement .*", image)
    assert len(installs) == 2
    assert all("--require-hashes" in install for install in installs)
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", image, re.MULTILINE)
    assert {path for paths in copied for path in paths.split() if path.endswith(".txt")} <= {*_sent_to_the_engine()}


def _in_container(part: str) -> dict[str, str]:
    """The variables of a part: its image's own, and over them those of docker-compose.yml."""
    return _said_by_image(part) | COMPOSE[part]["environment"]


def _said_by_image(part: str) -> dict[str, str]:
    text = (ROOT / COMPOSE[part]["build"]["dockerfile"]).read_text()
    return dict(re.findall(r"\b(DOSSIER_\w+)=(\S+)", "".join(re.findall(r"^ENV .*$", text, re.MULTILINE))))


def _sent_to_the_engine() -> list[str]:
    """The locks that .dockerignore lets through."""
    let_through = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    found = [path for folder in ("requirements", "services", "deploy") for path in ROOT.glob(f"{folder}/**/*.txt")]
    locks = [path.relative_to(ROOT) for path in found]
    return [str(lock) for lock in locks if any(lock.is_relative_to(each) for each in let_through)]


def _needed(wanted: list[tuple[str, str]]) -> set[str]:
    """Names of all packages that these need, extras included, as installed here."""
    found: set[tuple[str, str]] = set()
    while wanted:
        name, extra = wanted.pop()
        if (name, extra) in found:
            continue
        found.add((name, extra))
        for line in metadata.requires(name) or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                wanted += [(canonicalize_name(requirement.name), each) for each in ("", *requirement.extras)]
    return {name for name, _ in found}


def _published(port: int) -> str:
    return f"{LOOPBACK}:{port}:{port}"


def _image(service: Service) -> str:
    return (ROOT / "services" / service.name / "Dockerfile").read_text()


def _generic_image(service: Service) -> str:
    text = re.sub(r"^EXPOSE .*$| DOSSIER_(LMTP|SMTP)_HOST=\S+", "", _image(service), flags=re.MULTILINE)
    return re.sub(rf"\b({service.name}|{service.module})\b", "<name>", text)


def _settings_of(service: Service) -> type[ServiceSettings]:
    """The service's own settings, or the common ones while it has none."""
    name = f"{service.module}.settings"
    if importlib.util.find_spec(name) is None:
        return type("Common", (ServiceSettings,), {"__annotations__": {"lmtp_port": int, "smtp_port": int}})
    found = vars(importlib.import_module(name)).values()
    return next(
        model
        for model in found
        if isinstance(model, type) and issubclass(model, ServiceSettings) and model.__module__ == name
    )

"""The base for Kubernetes is the system of docker-compose.yml: same services, roles, ports and variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from contract import variables
from dossier import topics
from dossier.telemetry import metrics
from local_stack.services import DEFAULT_PORTS, SERVICES, Service

ROOT = Path(__file__).parents[2]
BASE = ROOT / "deploy" / "kubernetes"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((BASE / "kustomization.yaml").read_text())
PAGE = (ROOT / "docs" / "operating.md").read_text()
RELEASES = ("1.30", "1.32", "1.34", "1.36")
SECRET = {"DOSSIER_MONGO_URL", "DOSSIER_TOKEN_KEY", "DOSSIER_CLIENT_SECRET"}
"""What the Secret that everybody reads has to hold."""
NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"
TWICE = {"api", "smtp"}

Manifest = dict[str, Any]
MANIFESTS: list[Manifest] = [
    manifest for file in KUSTOMIZATION["resources"] for manifest in yaml.safe_load_all((BASE / file).read_text())
]


def _of(*kinds: str) -> dict[str, Manifest]:
    return {manifest["metadata"]["name"]: manifest for manifest in MANIFESTS if manifest["kind"] in kinds}


WORKLOADS = _of("Deployment", "StatefulSet", "Job")
ROLES = [(service, role) for service in SERVICES for role in service.roles]

each_workload = pytest.mark.parametrize("workload", WORKLOADS.values(), ids=list(WORKLOADS))
each_role = pytest.mark.parametrize(("service", "role"), ROLES, ids=[f"{each.name}-{role}" for each, role in ROLES])
each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def test_the_base_names_all_its_files_once_and_nothing_twice() -> None:
    files = {path.name for path in BASE.glob("*.yaml")} - {"kustomization.yaml"}
    assert sorted(KUSTOMIZATION["resources"]) == sorted(files)
    named = [(manifest["kind"], manifest["metadata"]["name"]) for manifest in MANIFESTS]
    assert len(named) == len(set(named))


def test_each_role_of_docker_compose_is_a_workload_beside_the_job_and_the_operator() -> None:
    assert {*WORKLOADS} == {"topics", "operator", *(f"{service.name}-{role}" for service, role in ROLES)}
    for service in SERVICES:
        assert COMPOSE[service.name]["command"] == list(service.roles)


@each_role
def test_a_role_runs_as_docker_compose_runs_it(service: Service, role: str) -> None:
    workload = WORKLOADS[f"{service.name}-{role}"]
    [container] = workload["spec"]["template"]["spec"]["containers"]
    assert workload["kind"] == ("StatefulSet" if role == "consumer" else "Deployment")
    assert workload["spec"]["replicas"] == (2 if role in TWICE else 1)
    assert (container["image"], container["args"]) == (COMPOSE[service.name]["image"], [role])
    assert {port["name"]: port["containerPort"] for port in container["ports"]} == _ports(service, role)
    assert "command" not in container, "the image's own entry point runs the roles"


@each_role
def test_a_role_is_probed_without_its_servers_deciding_whether_it_lives(service: Service, role: str) -> None:
    [container] = WORKLOADS[f"{service.name}-{role}"]["spec"]["template"]["spec"]["containers"]
    probes = {name: container[name]["httpGet"]["path"] for name in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert probes == {"startupProbe": "/livez", "readinessProbe": "/readyz", "livenessProbe": "/livez"}
    assert {container[name]["httpGet"]["port"] for name in probes} == {"http"}
    healthcheck = COMPOSE[service.name]["healthcheck"]["test"][-1]
    assert "/readyz" in healthcheck


@each_role
def test_each_consumer_has_the_name_of_its_pod_and_nobody_else_has_one(service: Service, role: str) -> None:
    [container] = WORKLOADS[f"{service.name}-{role}"]["spec"]["template"]["spec"]["containers"]
    said = {variable["name"]: variable.get("valueFrom") for variable in container.get("env", [])}
    named = {"DOSSIER_PROJECTION_INSTANCE": {"fieldRef": {"fieldPath": "metadata.name"}}}
    assert said == (named if role == "consumer" else {})


@each_service
def test_each_variable_of_docker_compose_is_said_or_is_the_default(service: Service) -> None:
    model = variables.service_models()[service.name]
    defaults = {name: str(model.model_fields[field].default) for name, field in variables.variables(model).items()}
    optional = {"DOSSIER_CLIENT_ID", "DOSSIER_SCIM_TOKENS", "DOSSIER_PROJECTION_INSTANCE"}
    for name, value in COMPOSE[service.name]["environment"].items():
        assert name in {*_config(), *SECRET, *optional} or defaults[name] == value, f"{name} is said nowhere"


def test_each_variable_is_one_of_the_settings_and_none_is_secret() -> None:
    known = {
        name
        for model in [*variables.service_models().values(), topics.TopicSettings]
        for name in variables.variables(model)
    }
    assert {*_config(), *SECRET} <= known
    assert not {*_config()} & SECRET
    assert _config()["DOSSIER_ENVIRONMENT"] == "production"
    assert all(f"`{name}`" in PAGE for name in SECRET), "the page says what the Secret has to hold"


@each_workload
def test_everybody_reads_the_one_config_map_and_the_one_secret_and_then_its_own(workload: Manifest) -> None:
    [container] = workload["spec"]["template"]["spec"]["containers"]
    own = f"dossier-{workload['metadata']['labels'][NAME]}"
    assert container["envFrom"] == [
        {"configMapRef": {"name": KUSTOMIZATION["configMapGenerator"][0]["name"]}},
        {"secretRef": {"name": "dossier"}},
        {"secretRef": {"name": own, "optional": True}},
    ]


@each_service
def test_services_find_each_other_at_the_services_of_the_cluster(service: Service) -> None:
    found = _of("Service")[service.name]
    assert found["spec"]["selector"] == {NAME: service.name, COMPONENT: "api"}
    assert [(port["port"], port["targetPort"]) for port in found["spec"]["ports"]] == [
        (DEFAULT_PORTS[service.name], "http")
    ]
    url = f"DOSSIER_{service.module.upper()}_URL"
    assert _config()[url] == COMPOSE[service.name]["environment"][url]
    if service.further_ports:
        ports = {port["name"]: port["port"] for port in _of("Service")[f"{service.name}-smtp"]["spec"]["ports"]}
        assert ports == {name: DEFAULT_PORTS[name] for name in service.further_ports.values()}


@each_workload
def test_pods_are_restricted(workload: Manifest) -> None:
    pod = workload["spec"]["template"]["spec"]
    [container] = pod["containers"]
    user = re.search(r"^USER (\d+):(\d+)$", (ROOT / "deploy/operator/Dockerfile").read_text(), re.MULTILINE)
    assert user is not None
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": int(user[1]),
        "runAsGroup": int(user[2]),
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert (pod["automountServiceAccountToken"], pod["enableServiceLinks"]) == (False, False)
    assert {*container["resources"]["requests"]} == {"cpu", "memory"}
    assert {*container["resources"]["limits"]} == {"memory"}


@each_workload
def test_selectors_match_their_pods_and_no_others(workload: Manifest) -> None:
    pod = workload["spec"]["template"]["metadata"]["labels"]
    assert pod == workload["metadata"]["labels"]
    selected = {NAME: pod[NAME], COMPONENT: pod[COMPONENT]}
    assert workload["spec"].get("selector", {"matchLabels": selected})["matchLabels"] == selected
    same = [each for each in WORKLOADS.values() if selected.items() <= each["metadata"]["labels"].items()]
    assert same == [workload]
    for spread in workload["spec"]["template"]["spec"].get("topologySpreadConstraints", []):
        assert spread["labelSelector"]["matchLabels"] == selected


def test_whatever_runs_more_than_once_is_spread_and_loses_one_pod_at_a_time() -> None:
    several = {name for name, workload in WORKLOADS.items() if workload["spec"].get("replicas", 1) > 1}
    budgets = _of("PodDisruptionBudget")
    assert {*budgets} == several
    for name, budget in budgets.items():
        assert budget["spec"]["maxUnavailable"] == 1
        assert budget["spec"]["selector"] == WORKLOADS[name]["spec"]["selector"]
        keys = [
            each["topologyKey"] for each in WORKLOADS[name]["spec"]["template"]["spec"]["topologySpreadConstraints"]
        ]
        assert keys == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]


@each_role
def test_workloads_of_one_kind_differ_in_names_numbers_and_memory_only(service: Service, role: str) -> None:
    first = WORKLOADS["addresses-consumer" if role == "consumer" else "addresses-api"]
    assert _generic(WORKLOADS[f"{service.name}-{role}"]) == _generic(first)


def test_the_job_makes_the_topics_as_docker_compose_does() -> None:
    pod = WORKLOADS["topics"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert (container["image"], container["command"]) == (COMPOSE["topics"]["image"], COMPOSE["topics"]["entrypoint"])
    assert WORKLOADS["topics"]["spec"]["ttlSecondsAfterFinished"] > 0
    assert int(_config()["DOSSIER_TOPIC_REPLICATION"]) == 3


def test_the_command_line_sleeps_until_it_is_needed() -> None:
    operator = WORKLOADS["operator"]
    [container] = operator["spec"]["template"]["spec"]["containers"]
    assert (operator["spec"]["replicas"], container["image"]) == (0, COMPOSE["operator"]["image"])


def test_images_are_those_of_this_version() -> None:
    version = re.search(r'^version = "(.*)"$', (ROOT / "shared/pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    used = {workload["spec"]["template"]["spec"]["containers"][0]["image"] for workload in WORKLOADS.values()}
    assert {image["name"]: image["newTag"] for image in KUSTOMIZATION["images"]} == dict.fromkeys(used, version[1])


@pytest.mark.parametrize("release", RELEASES)
def test_manifests_are_valid(release: str) -> None:
    for manifest in MANIFESTS:
        kubernetes_validate.validate(manifest, release, strict=True)


def test_an_error_in_a_manifest_would_be_seen() -> None:
    wrong = yaml.safe_load(yaml.safe_dump(WORKLOADS["histories-api"]))
    wrong["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, RELEASES[0], strict=True)


def test_the_page_for_operators_names_what_there_is() -> None:
    overlay = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    assert [ROOT / path.removeprefix("../dossier/") for path in overlay["resources"]] == [
        ROOT / "deploy" / "kubernetes"
    ]
    assert {image["name"] for image in overlay["images"]} <= {image["name"] for image in KUSTOMIZATION["images"]}
    assert overlay["configMapGenerator"][0]["name"] == KUSTOMIZATION["configMapGenerator"][0]["name"]
    assert {literal.split("=")[0] for literal in overlay["configMapGenerator"][0]["literals"]} <= _config().keys()
    for secret in re.findall(r"`dossier-([\w-]+)`", PAGE):
        assert secret in {workload["metadata"]["labels"][NAME] for workload in WORKLOADS.values()}


def test_alerts_are_about_metrics_that_exist() -> None:
    variables.shared_models()
    for service in SERVICES:
        __import__(f"{service.module}.roles")
    named = {name.removesuffix("_bucket") for name in re.findall(r"\bcrm_\w+", PAGE)}
    assert len(named) > 10
    assert named - {*metrics.registered()} == set()


def _config() -> dict[str, str]:
    [generated] = KUSTOMIZATION["configMapGenerator"]
    lines = [line for file in generated["envs"] for line in (BASE / file).read_text().splitlines()]
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _ports(service: Service, role: str) -> dict[str, int]:
    further = service.further_ports.values() if role == "smtp" else ()
    return {"http": DEFAULT_PORTS[service.name], **{name: DEFAULT_PORTS[name] for name in further}}


def _generic(workload: Manifest) -> str:
    """A workload without its names, ports and sizes, which other tests look at."""
    copy = yaml.safe_load(yaml.safe_dump(workload))
    names = copy["metadata"]["labels"]
    container = copy["spec"]["template"]["spec"]["containers"][0]
    copy["spec"].pop("replicas")
    container.pop("ports")
    container["resources"]["limits"].pop("memory")
    text = yaml.safe_dump(copy)
    text = re.sub(rf"\b{names[NAME]}\b", "<name>", text)
    return re.sub(rf"(<name>-|name: |component: |- ){names[COMPONENT]}\b", r"\1<role>", text)

"""The chart as Helm and Kubernetes see it."""

import json
import re
import tomllib

import generate
import helm_python
import kubernetes_validate
import pytest
import yaml
from conftest import ROOT, values
from jsonschema import Draft7Validator
from pods import of, quantity, template, title

CUSTOM = yaml.safe_load((ROOT / "tests/charts/custom-resources.yaml").read_text())


def test_helm_finds_nothing_to_say(example):
    report = helm_python.lint(generate.CHART, values(example), strict=True, kube_version="v1.31.0")
    assert [message for message in report["messages"] if "icon" not in message["error"]] == []
    assert report["errors"] == []


@pytest.mark.parametrize("version", ["1.28.0", "1.37.0"])
def test_kubernetes_takes_every_manifest(manifests, version):
    for document in manifests:
        plain = {key: value for key, value in document.items() if key != "_file"}
        kind = f"{document['apiVersion']}/{document['kind']}"
        if kind in CUSTOM:
            faults = [fault.message for fault in Draft7Validator(CUSTOM[kind]).iter_errors(plain["spec"])]
            assert faults == [], title(document)
        else:
            kubernetes_validate.validate(plain, version, strict=True)


@pytest.mark.parametrize(
    "wrong, where",
    [
        ({"database": {"kind": "sqlite"}}, "/topology"),
        ({"cache": {"kind": "memory"}}, "/topology"),
        (
            {"topology": "all-in-one", "database": {"kind": "sqlite"}, "allInOne": {"replicas": 2}},
            "/allInOne/replicas",
        ),
        (
            {"topology": "all-in-one", "cache": {"kind": "memory"}, "allInOne": {"replicas": 2}},
            "/allInOne/replicas",
        ),
        (
            {
                "topology": "all-in-one",
                "cache": {"kind": "memory"},
                "defaults": {"autoscaling": {"enabled": True}},
            },
            "/defaults/autoscaling/enabled",
        ),
        (
            {"topology": "all-in-one", "database": {"kind": "sqlite", "existingSecret": "x"}},
            "/database/existingSecret",
        ),
        (
            {"topology": "all-in-one", "database": {"kind": "sqlite"}, "postgresql": {"enabled": True}},
            "/postgresql/enabled",
        ),
        ({"replicas": 2}, "replicas"),
        ({"defaults": {"replica": 2}}, "replica"),
        ({"services": {"sales": {"replicas": 0}}}, "/services/sales"),
        ({"services": {"redis": {}}}, "/services"),
        ({"services": {"gateway": None}, "image": {"tag": "latest"}}, "/image/tag"),
        ({"redis": {"image": "redis:latest"}}, "/redis/image"),
        ({"redis": {"image": "redis"}}, "/redis/image"),
        ({"publicUrl": "https://crm.example.com/"}, "/publicUrl"),
        ({"publicUrl": "crm.example.com"}, "/publicUrl"),
        ({"settings": {"tls": {}}}, "/settings/tls"),
        ({"settings": {"cache": {"url": "redis://x"}}}, "/settings/cache"),
        ({"settings": {"security": {"cluster_keys": "x"}}}, "/settings/security/cluster_keys"),
        ({"settings": {"server": {"grpc_address": "0.0.0.0:1"}}}, "grpc_address"),
        ({"settings": {"database": {"max_connections": 1}}}, "/settings/database/max_connections"),
        ({"defaults": {"env": [{"name": "CRM__CACHE__URL", "value": "x"}]}}, "/defaults/env"),
        (
            {"defaults": {"autoscaling": {"enabled": True, "cpuPercent": 0, "inFlight": 0}}},
            "/defaults/autoscaling",
        ),
        ({"defaults": {"resources": {"limits": {"memory": "lots"}}}}, "/defaults/resources/limits"),
        ({"database": {"url": "mysql://x/crm_{service}"}}, "/database/url"),
        ({"database": {"url": "postgres://x/crm"}}, "/database/url"),
        ({"database": {"url": "postgres://x/{service}", "existingSecret": "x"}}, "/database"),
        ({"tls": {"internal": {"mode": "secret"}}}, "/tls/internal/secretName"),
        ({"httpRoute": {"enabled": True}}, "/httpRoute/parentRefs"),
        ({"pod": {"user": 0}}, "/pod/user"),
    ],
)
def test_nonsense_is_refused(wrong, where):
    with (
        helm_python.Chart.load(generate.CHART) as chart,
        pytest.raises(helm_python.HelmValuesError) as refusal,
    ):
        chart.validate_schema(wrong)
    assert where in str(refusal.value)


@pytest.mark.parametrize(
    "lacking, message",
    [
        (
            {},
            "database: give existingSecret or url, or enable postgresql\ncache: give existingSecret or url, or enable redis",
        ),
        (
            {"postgresql": {"enabled": True}, "redis": {"enabled": True}, "ingress": {"enabled": True}},
            "publicUrl: ",
        ),
        (
            {
                "postgresql": {"enabled": True},
                "redis": {"enabled": True},
                "database": {"existingSecret": "x"},
            },
            "postgresql: ",
        ),
        (
            {"postgresql": {"enabled": True}, "redis": {"enabled": True}, "cache": {"existingSecret": "x"}},
            "redis: ",
        ),
        (
            {"database": {"url": "postgres://x/{service}", "migrationKey": "y"}, "redis": {"enabled": True}},
            "migrationKey: ",
        ),
    ],
)
def test_what_is_lacking_is_said(lacking, message):
    with pytest.raises(helm_python.HelmRenderError) as refusal:
        generate.documents(lacking)
    assert message in str(refusal.value)


def test_every_value_has_a_meaning_and_a_schema():
    schema = json.loads((generate.CHART / "values.schema.json").read_text())
    defaults = yaml.safe_load((generate.CHART / "values.yaml").read_text())
    assert defaults.keys() == schema["properties"].keys() - {"global"}
    described = [
        name for name, _, _ in generate.rows((generate.CHART / "values.yaml").read_text().split("\n\n", 1)[1])
    ]

    def leaves(tree, path):
        if (
            path
            and "/".join(path) in described
            and not any(name.startswith("/".join(path) + "/") for name in described)
        ):
            yield path
        elif isinstance(tree, dict) and tree:
            for key, value in tree.items():
                yield from leaves(value, [*path, key])
        else:
            yield path

    described = {name.replace(".", "/") for name in described} | {"allInOne/replicas"}
    assert ["/".join(leaf) for leaf in leaves(defaults, []) if "/".join(leaf) not in described] == []


def test_what_is_made_from_the_chart_is_current():
    assert generate.README.read_text() == generate.readme(), "just manifests"
    assert generate.MANIFESTS.read_text() == generate.manifests(), "just manifests"


def test_a_service_keeps_its_image_when_another_is_released():
    images = {
        document["metadata"]["name"]: template(document)[1]["containers"][0]["image"]
        for document in of(generate.documents(values("external")), "Deployment")
    }
    assert images["crm-customers"] == "registry.example.com/crm:1.2.4"
    assert images["crm-sales"] == "registry.example.com/crm:1.2.3"
    digest = "sha256:" + "a" * 64
    pinned = {**values("external"), "image": {"repository": "crm", "digest": digest}}
    images = {
        template(document)[1]["containers"][0]["image"]
        for document in of(generate.documents(pinned), "Deployment")
    }
    assert images == {f"crm@{digest}", "crm:1.2.4"}


def test_alerts_lead_to_the_runbook():
    rules = of(generate.documents(values("bundled")), "PrometheusRule")[0]["spec"]["groups"]
    alerts = [rule for group in rules for rule in group["rules"] if "alert" in rule]
    assert len(alerts) > 15
    for rule in alerts:
        assert (
            rule["annotations"]["runbook_url"]
            == f"https://docs.example.com/operations.md#{rule['alert'].lower()}"
        )


def test_one_node_fits_two_processors_and_two_gibibytes():
    limits = [
        template(document)[1]["containers"][0]["resources"]["limits"]
        for document in of(generate.documents(values("one-node")), "Deployment")
    ]
    assert sum(quantity(limit["cpu"]) for limit in limits) <= 2
    assert sum(quantity(limit["memory"]) for limit in limits) <= 2 * 2**30
    local = of(
        [
            *generate.documents(values("local")),
            *yaml.safe_load_all((ROOT / "k8s/base/postgres.yaml").read_text()),
            *yaml.safe_load_all((ROOT / "k8s/base/redis.yaml").read_text()),
        ],
        "Deployment",
        "StatefulSet",
    )
    resources = [template(document)[1]["containers"][0]["resources"] for document in local]
    assert len(resources) == 6
    assert sum(quantity(one["limits"]["memory"]) for one in resources) <= 2 * 2**30
    assert sum(quantity(one["requests"]["cpu"]) for one in resources) <= 2


def test_production_does_not_run_out_of_connections():
    documents = generate.documents(values("production"))
    settings = tomllib.loads(
        next(one for one in of(documents, "ConfigMap") if "crm.toml" in one["data"])["data"]["crm.toml"]
    )
    pods = sum(
        scaler["spec"]["maxReplicas"] + 1
        for scaler in of(documents, "HorizontalPodAutoscaler")
        if not scaler["metadata"]["name"].endswith("-gateway")
    )
    parameters = of(documents, "Cluster")[0]["spec"]["postgresql"]["parameters"]
    # 20 remain for the migration, the operator and people.
    assert pods * settings["database"]["max_connections"] + 20 <= int(parameters["max_connections"])


def test_the_migration_comes_first_unless_its_database_comes_with_the_release():
    def migration(name, **options):
        return next(one for one in of(generate.documents(values(name), **options), "Job"))["metadata"].get(
            "annotations", {}
        )

    hook = "pre-install,pre-upgrade"
    assert migration("external", is_install=True)["helm.sh/hook"] == hook
    assert migration("external", is_upgrade=True, is_install=False)["helm.sh/hook"] == hook
    assert "helm.sh/hook" not in migration("bundled", is_install=True)
    assert migration("bundled", is_upgrade=True, is_install=False)["helm.sh/hook"] == hook
    assert of(generate.documents(values("one-node")), "Job") == []


def test_notes_say_how_to_begin():
    with helm_python.Chart.load(generate.CHART) as chart:
        first = chart.render(values("bundled"), name="crm", namespace="crm", is_install=True)[
            "crm/templates/NOTES.txt"
        ]
        later = chart.render(
            values("bundled"), name="crm", namespace="crm", is_install=False, is_upgrade=True
        )
    assert "Sign in at https://crm.example.com." in first
    assert "component=identity" in first
    assert "Sign in as" not in later["crm/templates/NOTES.txt"]
    assert not re.search(r"\n{3,}", first)

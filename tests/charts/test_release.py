"""What Helm does to a cluster: installs, upgrades, rolls back, tests."""

import generate
import helm_python
import pytest
from cluster import running
from conftest import values

GIVEN = {
    "database": {"url": "postgres://crm:p@postgres.example.com/crm_{service}"},
    "redis": {"enabled": True},
    "tls": {"internal": {"mode": "none"}},
}
WITHOUT_BRAKES = {"storage_driver": "memory", "burst_limit": 10_000, "qps": 10_000.0}
BUNDLED = {**values("bundled"), "tls": {"internal": {"mode": "certManager"}}}


@pytest.fixture
def release():
    """A cluster, and Helm that speaks to it."""
    with running() as (cluster, kubeconfig):
        with helm_python.Config(namespace="crm", kubeconfig_content=kubeconfig, **WITHOUT_BRAKES) as helm:
            yield cluster, helm


def install(helm, given, **more):
    return helm.install(generate.CHART, "crm", given, timeout=30, **more)


def upgrade(helm, given, **more):
    return helm.upgrade(generate.CHART, "crm", given, timeout=30, **more)


def test_the_schema_changes_before_anything_else_and_leaves_nothing_behind(release):
    cluster, helm = release
    install(helm, GIVEN)
    order = [(verb, kind) for verb, kind, name in cluster.changes if verb == "create"]
    assert order.index(("create", "Job")) < order.index(("create", "Deployment"))
    assert order.index(("create", "Job")) < order.index(("create", "ConfigMap"))
    assert cluster.names("Job") == []
    assert "crm-migrate" not in cluster.names("Secret") + cluster.names("NetworkPolicy")


def test_what_was_generated_stays_over_upgrades(release):
    cluster, helm = release
    install(helm, BUNDLED)
    names = ("crm-keys", "crm-redis", "crm-postgresql")
    before = {name: cluster.secret(name) for name in names}
    upgrade(helm, BUNDLED)
    upgrade(helm, {**BUNDLED, "image": {"repository": "crm", "tag": "2.0.0"}})
    assert {name: cluster.secret(name) for name in names} == before
    assert before["crm-redis"]["password"] in before["crm-redis"]["url"]
    assert before["crm-postgresql"]["password"] in before["crm-postgresql"]["url"]
    key, master = before["crm-keys"]["cluster.keys"], before["crm-keys"]["master.keys"]
    assert key.startswith("first:") and master.startswith("first:") and key != master


def test_another_installation_has_other_secrets():
    made = []
    for _ in range(2):
        with running() as (cluster, kubeconfig):
            with helm_python.Config(namespace="crm", kubeconfig_content=kubeconfig, **WITHOUT_BRAKES) as helm:
                install(helm, GIVEN)
            made.append(cluster.secret("crm-keys") | cluster.secret("crm-redis"))
    assert all(made[0][key] != made[1][key] for key in ("cluster.keys", "master.keys", "password"))


def test_a_key_that_somebody_added_is_kept(release):
    cluster, helm = release
    install(helm, GIVEN)
    keys = cluster.objects["Secret", "crm-keys"]["data"]
    keys["master.keys"] = "c2Vjb25kOng="
    upgrade(helm, GIVEN)
    assert cluster.secret("crm-keys")["master.keys"] == "second:x"


def test_a_failed_migration_leaves_the_former_version_serving(release):
    cluster, helm = release
    install(helm, GIVEN)
    cluster.failing.add("crm-migrate")
    done = len(cluster.changes)
    with pytest.raises(helm_python.HelmError):
        upgrade(helm, {**GIVEN, "image": {"repository": "crm", "tag": "2.0.0"}})
    touched = {kind for _, kind, name in cluster.changes[done:] if name != "crm-migrate"}
    assert touched == set()
    pod = cluster.objects["Deployment", "crm-sales"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == "crm:0.1.0"
    # What is left behind tells why.
    assert cluster.names("Job") == ["crm-migrate"]


def test_a_release_can_be_rolled_back(release):
    cluster, helm = release
    install(helm, GIVEN)
    keys = cluster.secret("crm-keys")
    upgrade(helm, {**GIVEN, "image": {"repository": "crm", "tag": "2.0.0"}})

    def image():
        return cluster.objects["Deployment", "crm-sales"]["spec"]["template"]["spec"]["containers"][0][
            "image"
        ]

    assert image() == "crm:2.0.0"
    helm.rollback("crm", timeout=30)
    assert image() == "crm:0.1.0"
    assert cluster.secret("crm-keys") == keys


def test_only_what_changed_is_restarted(release):
    cluster, helm = release
    install(helm, GIVEN)

    def template(name):
        return str(cluster.objects["Deployment", name]["spec"]["template"])

    before = {name: template(name) for name in cluster.names("Deployment")}
    upgrade(helm, {**GIVEN, "services": {"sales": {"image": {"tag": "0.1.1"}}}})
    assert [name for name, text in before.items() if template(name) != text] == ["crm-sales"]
    upgrade(helm, {**GIVEN, "settings": {"log": {"format": "text"}}})
    assert [name for name, text in before.items() if template(name) == text] == ["crm-redis"]


def test_records_and_keys_outlive_the_release(release):
    cluster, helm = release
    install(helm, BUNDLED)
    helm.uninstall("crm", timeout=30)
    assert {"crm-keys", "crm-postgresql"} <= set(cluster.names("Secret"))
    assert cluster.names("Cluster") == ["crm-postgresql"]
    assert cluster.names("Deployment") == []


def test_the_embedded_database_outlives_the_release(release):
    cluster, helm = release
    install(helm, values("one-node"))
    assert cluster.names("Deployment") == ["crm-all"]
    helm.uninstall("crm", timeout=30)
    assert cluster.names("PersistentVolumeClaim") == ["crm-data"]
    assert cluster.names("Secret") == ["crm-keys"]


def test_a_postgres_of_its_own_is_migrated_beside_the_first_start_and_by_a_hook_later(release):
    cluster, helm = release
    install(helm, BUNDLED)
    assert cluster.names("Job") == ["crm-migrate"]
    assert cluster.names("Database") == [
        "crm-postgresql-customers",
        "crm-postgresql-identity",
        "crm-postgresql-sales",
    ]
    done = len(cluster.changes)
    upgrade(helm, BUNDLED)
    assert ("create", "Job", "crm-migrate") in cluster.changes[done:]
    assert cluster.names("Job") == []
    upgrade(helm, BUNDLED)
    assert cluster.names("Job") == []

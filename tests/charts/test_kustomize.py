"""The local cluster, as kubectl itself builds it."""

import shutil
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import test_policies
import yaml
from conftest import ROOT
from pods import of, secrets_of

POLICIES = [
    test_policies.test_pods_hold_to_the_restricted_standard,
    test_policies.test_images_are_pinned,
    test_policies.test_containers_have_requests_and_limits,
    test_policies.test_selectors_select_and_ports_exist,
    test_policies.test_no_secret_stands_in_a_config_map_or_an_argument,
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("k8s")
    shutil.copytree(ROOT / "k8s", folder / "k8s", ignore=shutil.ignore_patterns("secrets.env"))
    subprocess.run([folder / "k8s/secrets"], check=True, capture_output=True)
    before = (folder / "k8s/base/secrets.env").read_text()
    subprocess.run([folder / "k8s/secrets"], check=True, capture_output=True)
    assert (folder / "k8s/base/secrets.env").read_text() == before, "secrets that are there stay"
    kubectl = Path(sys.executable).with_name("kubectl")
    done = subprocess.run(
        [kubectl, "kustomize", folder / "k8s/base"], check=True, capture_output=True, text=True
    )
    return list(yaml.safe_load_all(done.stdout))


def test_kubernetes_takes_every_manifest(built):
    for document in built:
        kubernetes_validate.validate(document, "1.37.0", strict=True)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.__name__)
def test_it_holds_to_the_policies_of_the_chart(built, policy):
    policy([document for document in built if document["kind"] != "Namespace"])


def test_nothing_is_left_that_only_helm_understands(built):
    assert "helm" not in yaml.safe_dump_all(built).lower()


def test_every_secret_that_is_read_is_made(built):
    made = {document["metadata"]["name"]: document["data"].keys() for document in of(built, "Secret")}
    for document in of(built, "Deployment", "StatefulSet", "Job"):
        for name, keys in secrets_of(document["spec"]["template"]["spec"]):
            assert set(keys) <= made[name], document["metadata"]["name"]


def test_nothing_that_is_secret_is_committed():
    ignored = subprocess.run(["git", "check-ignore", "k8s/base/secrets.env"], cwd=ROOT, capture_output=True)
    assert ignored.returncode == 0

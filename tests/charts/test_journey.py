"""The script of `helm test`, against a running suite."""

import os
import re
import subprocess

import generate
import pytest
import suite
from conftest import values

SCRIPT = generate.CHART / "files/journey.sh"


def journey(url, **environment):
    return subprocess.run(
        ["sh", SCRIPT],
        env={"PATH": os.environ["PATH"], "CRM_URL": url, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def signed_in(binary, tmp_path_factory):
    with suite.running(binary, tmp_path_factory.mktemp("journey")) as running:
        yield f"http://{running.gateway}", running.sign_in(), running


def test_a_person_creates_finds_and_deletes_a_customer(signed_in):
    url, email, running = signed_in
    done = journey(url, CRM_EMAIL=email, CRM_PASSWORD=suite.PASSWORD)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "found it" in done.stdout and "signed out" in done.stdout
    assert running.call("GET", "/v1/accounts").get("accounts", []) == []


def test_without_a_person_it_asks_what_needs_none(signed_in):
    url, _, _ = signed_in
    done = journey(url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "give test.credentialsSecret" in done.stdout


def test_a_wrong_password_fails_the_test(signed_in):
    url, email, _ = signed_in
    done = journey(url, CRM_EMAIL=email, CRM_PASSWORD="wrong password of hers")
    assert done.returncode == 1
    assert "401 instead of 200" in done.stderr


def test_a_gateway_that_is_not_there_fails_the_test():
    done = journey(f"http://127.0.0.1:{suite.free_port()}")
    assert done.returncode == 1
    assert "no answer" in done.stderr


def test_the_pod_runs_that_script():
    documents = generate.documents(values("bundled"))
    script = next(one for one in documents if one["kind"] == "ConfigMap" and "journey.sh" in one["data"])
    assert script["data"]["journey.sh"].strip() == SCRIPT.read_text().strip()
    pod = next(one for one in documents if one["kind"] == "Pod")
    used = set(re.findall(r"\$\{?(CRM_\w+)", SCRIPT.read_text()))
    assert {variable["name"] for variable in pod["spec"]["containers"][0]["env"]} == used

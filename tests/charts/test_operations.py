"""The runbook: what it tells an operator to do is done."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import helm_python
import pytest
import suite
import test_release
import yaml
from cluster import running
from conftest import ROOT

TEXT = (ROOT / "docs/operations.md").read_text()
# What needs a node, a registry or systemd.
ELSEWHERE = {
    "docker",
    "cargo",
    "packaging/install",
    "journalctl",
    "logs",
    "exec",
    "port-forward",
    "apply",
    "edit",
    "describe",
}


def commands():
    """The commands of the runbook, as words."""
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            yield shlex.split(line, comments=True)


def test_files_that_it_names_are_there():
    for path in set(re.findall(r"(?:charts|k8s|packaging|tests)/[\w./-]*\w", TEXT)):
        assert (ROOT / path).exists(), path


def test_links_lead_somewhere():
    headings = {
        re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    }
    for target in re.findall(r"\]\((?!http)([^)]*)\)", TEXT):
        path, _, anchor = target.partition("#")
        assert not path or (ROOT / "docs" / path).exists(), target
        assert path or anchor in headings, target


def test_values_and_settings_that_it_names_exist():
    values = yaml.safe_load((ROOT / "charts/crm/values.yaml").read_text())
    for name in set(
        re.findall(r"`((?:tls|migrate|database|postgresql|networkPolicy|test|keys)\.[\w.]+)", TEXT)
    ):
        tree = values
        for part in name.split("."):
            if name in ("tls.internal", "tls.gateway") or isinstance(tree, dict) and part in tree:
                tree = tree.get(part)
                continue
            pytest.fail(f"there is no value {name}")


def test_commands_of_the_executable_exist(binary):
    found = {tuple(words) for words in re.findall(r"\bcrm ((?:keys|audit) \w+|migrate|config)\b", TEXT)}
    assert len(found) >= 4
    for words in found:
        subprocess.run([binary, *"".join(words).split(), "--help"], check=True, capture_output=True)


def test_kubectl_does_what_it_is_told(tmp_path):
    kubectl, done = Path(sys.executable).with_name("kubectl"), []
    with running() as (cluster, kubeconfig):
        (tmp_path / "config").write_text(kubeconfig)
        with helm_python.Config(
            namespace="crm", kubeconfig_content=kubeconfig, **test_release.WITHOUT_BRAKES
        ) as helm:
            test_release.install(helm, test_release.BUNDLED)
        # What cert-manager would have made.
        for name in cluster.names("Certificate"):
            secret = cluster.objects["Certificate", name]["spec"]["secretName"]
            cluster.store("create", "Secret", secret, {"kind": "Secret", "metadata": {"name": secret}})
        for words in commands():
            if words and words[0] == "kubectl" and not ELSEWHERE & set(words):
                words = words[: words.index("|")] if "|" in words else words
                # Making things, kubectl speaks in a way that this cluster does not understand.
                shown = ["--dry-run=client", "--output=json"] if "create" in words else []
                command = [kubectl, "--kubeconfig", tmp_path / "config", *words[1:], *shown]
                ran = subprocess.run(command, capture_output=True, text=True)
                # People do not type two restarts in one second, which kubectl refuses.
                while "within the past second" in ran.stderr:
                    ran = subprocess.run(command, capture_output=True, text=True)
                assert ran.returncode == 0, f"{shlex.join(words)}: {ran.stderr}"
                if shown:
                    made = json.loads(ran.stdout)
                    cluster.store("create", made["kind"], made["metadata"]["name"], made)
                done.append(words)
        assert cluster.secret("crm-mail-url")["url"].startswith("smtps://")
        assert cluster.secret("crm-postgres-url")["url"].startswith("postgres://crm_{service}:new@")
        assert ":new@" in cluster.secret("crm-redis-url")["url"]
        assert ("delete", "Secret", "crm-sales-tls") in cluster.changes
        assert (
            cluster.objects["Namespace", "crm"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
            == "restricted"
        )
        for name in cluster.names("Deployment"):
            template = cluster.objects["Deployment", name]["spec"]["template"]
            assert "kubectl.kubernetes.io/restartedAt" in template["metadata"]["annotations"], name
    assert len(done) >= 8


def told(program, url):
    """The commands of a program that the runbook tells, each with the address of a real server."""
    for words in commands():
        if words and words[0] == program:
            yield [re.sub(r"^\w+://(postgres@)?(postgres|redis).example.com", url, word) for word in words]


def output(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_the_password_of_a_database_is_replaced_as_it_says():
    url = os.environ["CRM_TEST_POSTGRES"]

    def ask(statement):
        return output("psql", f"{url}/postgres", "--tuples-only", "--no-align", "--command", statement).strip()

    ask("create database crm_sales")
    ask("create role crm_sales login password 'old'")
    password = "select rolpassword from pg_authid where rolname = 'crm_sales'"
    connections = "select count(*) from pg_stat_activity where usename = 'crm_sales'"
    old = ask(password)
    words = ["psql", f"{url}/crm_sales".replace("postgres@", "crm_sales@"), "--command", "select pg_sleep(600)"]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as thief:
        await_that(lambda: ask(connections) == "1")
        for words in told("psql", url):
            assert subprocess.run(words, capture_output=True, text=True).returncode == 0, words
        assert b"terminating connection" in thief.communicate(timeout=30)[1]
    assert old.startswith("SCRAM") and ask(password) not in ("", old)
    ask("drop database crm_sales")
    ask("drop role crm_sales")


def test_the_password_of_redis_is_replaced_as_it_says():
    url = os.environ["CRM_TEST_REDIS"]

    def ping(password):
        return output("redis-cli", "-u", url.replace("//", f"//user:{password}@"), "ping")

    output("redis-cli", "-u", url, "ACL", "SETUSER", "user", "on", ">old", "~*", "+@all")
    assert "WRONGPASS" not in ping("old")
    words = ["redis-cli", "-u", url.replace("//", "//user:old@"), "blpop", "nothing", "0"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as thief:
        await_that(lambda: "user=user" in output("redis-cli", "-u", url, "client", "list"))
        answers = [output(*words).strip() for words in told("redis-cli", url)]
        assert answers == ["OK", "1"], answers
        thief.kill()
    assert "WRONGPASS" in ping("old") and "WRONGPASS" not in ping("new")
    output("redis-cli", "-u", url, "ACL", "DELUSER", "user")


def await_that(true):
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_helm_takes_the_values_that_it_is_told():
    for words in (words for words in commands() if words and words[0] == "helm"):
        given = {}
        for index, word in enumerate(words):
            if word == "--values" and words[index + 1] != "my-values.yaml":
                given |= yaml.safe_load((ROOT / words[index + 1]).read_text())
            if word == "--set":
                given |= helm_python.parse_set_string(words[index + 1])
        with helm_python.Chart.load(ROOT / "charts/crm") as chart:
            chart.validate_schema(given)


@pytest.mark.parametrize("kind", ["cluster", "master"])
def test_keys_are_changed_as_it_says(kind, binary, tmp_path):
    """The steps of "Keys and certificates", on one machine that serves on; at every step what is sealed can be read."""
    number = "11010519491231002X"
    made = subprocess.run(
        "head -c 32 /dev/urandom | base64", shell=True, capture_output=True, text=True, check=True
    )
    old, new = None, f"2027:{made.stdout.strip()}"
    file, environment = tmp_path / f"data/keys/{kind}.keys", {"PATH": "/usr/bin:/bin"}

    def command(*words):
        done = subprocess.run([binary, *words], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    with suite.running(binary, tmp_path) as process:
        process.sign_in()
        account = process.call("POST", "/v1/accounts", {"name": "Sealed", "id_card_number": number})
        old = file.read_text().strip()

        def use(*keys):
            file.write_text("\n".join(keys))
            ids, deadline = ", ".join(key.split(":")[0] for key in keys), time.monotonic() + 30
            line = f'setting="security.{kind}_keys" keys="{ids}"'
            while line not in (tmp_path / "out").read_text() + (tmp_path / "log").read_text():
                assert time.monotonic() < deadline, f"{line} is not in the log"
                time.sleep(0.1)
            again = process.call("GET", f"/v1/accounts/{account['id']}")
            assert again["id_card_number"] == number
            process.call("POST", "/v1/accounts", {"name": ids, "id_card_number": number})

        use(old, new)
        use(new, old)
        if kind == "master":
            command("keys", "rotate")
            command("keys", "rotate", "--data")
        use(new)
    with suite.running(binary, tmp_path) as process:
        process.call("POST", "/v1/sessions", {"email": "admin@example.com", "password": suite.PASSWORD})
        assert process.call("GET", f"/v1/accounts/{account['id']}")["id_card_number"] == number
    command("audit", "verify")

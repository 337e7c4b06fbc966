"""The settings that the chart writes, read by the executable itself."""

import os
import subprocess
import tomllib

import generate
import pytest
from conftest import ROOT, values
from pods import of, template

SECRETS = {
    "cluster.keys": "first:Y2x1c3RlciBrZXkgb2YgdGhlIGNoZWNrcyBvZiB0aGUgY2hhcnQ=",
    "master.keys": "first:bWFzdGVyIGtleSBvZiB0aGUgY2hhcnQncyBjaGVja3M=",
    "database.url": "postgres://crm:p@postgres/crm_{service}",
    "cache.url": "redis://redis",
    "mail.url": "smtp://mail",
}


def started(document, folder):
    """The environment that a pod gives the executable, with its files in a folder."""
    (folder / "etc/crm/secrets").mkdir(parents=True, exist_ok=True)
    for volume in template(document)[1]["volumes"]:
        if volume["name"] == "secrets":
            sources = [part["secret"] for part in volume.get("projected", {}).get("sources", [])] or [
                volume["secret"]
            ]
            for item in (item for source in sources for item in source["items"]):
                (folder / "etc/crm/secrets" / item["path"]).write_text(SECRETS[item["path"]] + "\n")
    container = template(document)[1]["containers"][0]
    variables = {one["name"]: one["value"] for one in container["env"]}
    return {name: value.replace("/etc/crm", f"{folder}/etc/crm") for name, value in variables.items()}


def test_the_executable_takes_what_the_chart_writes(example, binary, tmp_path):
    documents = generate.documents(values(example))
    settings = next(one for one in of(documents, "ConfigMap") if "crm.toml" in one["data"])["data"][
        "crm.toml"
    ]
    for document in of(documents, "Deployment", "Job"):
        if template(document)[1]["containers"][0]["name"] == "redis":
            continue
        folder = tmp_path / document["metadata"]["name"]
        environment = started(document, folder)
        (folder / "etc/crm/crm.toml").write_text(settings)
        done = subprocess.run([binary, "config"], env=environment, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, f"{document['metadata']['name']}: {done.stderr}"
        said = tomllib.loads(done.stdout)
        embedded = values(example).get("database", {}).get("kind") == "sqlite"
        name = document["metadata"]["name"]
        keeps_records = not name.endswith("-gateway")
        assert bool(said["database"]["url"]) == (keeps_records and not embedded), name
        migrates = document["kind"] == "Job"
        assert bool(said["security"]["cluster_keys"]) != migrates, name
        assert bool(said["security"]["master_keys"]) == (keeps_records and not migrates), name
        if document["kind"] == "Deployment":
            written = tomllib.loads(settings)
            assert said["server"]["public_url"] == written["server"]["public_url"]
            assert said["services"].items() >= written.get("services", {}).items()
            for section, entries in written.items():
                for key, value in entries.items():
                    if not isinstance(value, dict):
                        assert said[section][key] == value, f"{section}.{key}"
                    else:
                        assert said[section][key].items() >= value.items(), f"{section}.{key}"


@pytest.mark.parametrize("argument", ["identity", "customers", "sales", "gateway"])
def test_the_services_of_the_chart_are_services_of_the_executable(argument, binary, tmp_path):
    done = subprocess.run(
        [binary, "serve", "--services", f"{argument},nonsense"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
        timeout=30,
    )
    assert done.returncode == 1 and "there is no service nonsense" in done.stderr


def test_every_service_of_the_executable_is_one_of_the_chart():
    defaults = tomllib.loads((ROOT / "services/crm/default.toml").read_text())
    documents = generate.documents(values("production"))
    deployed = {one["metadata"]["name"].removeprefix("crm-") for one in of(documents, "Deployment")}
    assert deployed == {*defaults["services"], "gateway"}
    databases = {one["spec"]["name"].removeprefix("crm_") for one in of(documents, "Database")}
    everything = {
        one["spec"]["name"].removeprefix("crm_")
        for one in of(generate.documents(values("all-in-one-servers")), "Database")
    }
    local = (ROOT / "k8s/base/postgres.yaml").read_text()
    assert databases == everything == set(defaults["services"])
    assert all(f"CREATE DATABASE crm_{name};" in local for name in databases)

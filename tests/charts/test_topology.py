"""The Deployments of the chart as processes of this machine, with just the settings and secrets that their pods have, on a
real Postgres and Redis: tests/with-servers target/tools/bin/python -m pytest tests/charts
"""

import os
import re
import subprocess
import time
from contextlib import ExitStack

import generate
import pytest
import suite
import test_settings
from conftest import values
from pods import of, template
from test_journey import journey

DATABASE = f"chart_{os.getpid()}"


@pytest.fixture(scope="module")
def servers():
    if "CRM_TEST_POSTGRES" not in os.environ:
        pytest.skip("needs tests/with-servers")
    return os.environ["CRM_TEST_POSTGRES"], os.environ["CRM_TEST_REDIS"]


def test_what_the_chart_starts_migrates_serves_and_drains(servers, binary, tmp_path, monkeypatch):
    postgres, redis = servers
    for service in ("identity", "customers", "sales"):
        subprocess.run(
            ["psql", f"{postgres}/postgres", "--quiet", "--command", f"create database {DATABASE}_{service}"],
            check=True,
        )
    monkeypatch.setitem(test_settings.SECRETS, "database.url", f"{postgres}/{DATABASE}_{{service}}")
    monkeypatch.setitem(test_settings.SECRETS, "cache.url", f"{redis}/900")
    given = values("local")
    given["settings"]["server"] = {"drain_seconds": 2, "shutdown_seconds": 10}
    documents = generate.documents(given)
    deployments = {one["metadata"]["name"]: one for one in of(documents, "Deployment")}
    ports = {name: [f"127.0.0.1:{suite.free_port()}" for _ in range(3)] for name in deployments}
    settings = next(one for one in of(documents, "ConfigMap") if "crm.toml" in one["data"])["data"][
        "crm.toml"
    ]
    settings = re.sub(r"(crm-\w+)\.crm\.svc:9000", lambda found: ports[found[1]][1], settings)

    def environment(document):
        folder = tmp_path / document["metadata"]["name"]
        made = test_settings.started(document, folder)
        (folder / "etc/crm/crm.toml").write_text(settings)
        return folder, made

    # A pod that comes before the migration says what it waits for, and ends.
    folder, made = environment(deployments["crm-sales"])
    early = subprocess.run(
        [binary, "serve", "--services", "sales"],
        cwd=folder,
        env=made,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert early.returncode == 1 and "run crm migrate" in early.stderr, early.stderr

    job = next(iter(of(documents, "Job")))
    folder, made = environment(job)
    for _ in range(2):
        done = subprocess.run(
            [binary, *template(job)[1]["containers"][0]["args"]],
            cwd=folder,
            env=made,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    assert re.findall(r"(\w+): 0 schema changes applied", done.stdout) == ["identity", "customers", "sales"]

    with ExitStack() as stack:
        processes = {}
        for name, document in deployments.items():
            folder, made = environment(document)
            for setting, address in zip(("GATEWAY", "GRPC", "ADMIN"), ports[name], strict=True):
                made[f"CRM__SERVER__{setting}_ADDRESS"] = address
            out = stack.enter_context((folder / "out").open("w"))
            arguments = template(document)[1]["containers"][0]["args"]
            processes[name] = subprocess.Popen(
                [binary, *arguments], cwd=folder, env=made, stdout=out, stderr=out
            )
            stack.callback(processes[name].kill)
        gateway = suite.Suite(tmp_path / "crm-identity", ports["crm-gateway"][0], ports["crm-gateway"][2])
        deadline = time.monotonic() + 60
        for name, (_, _, admin) in ports.items():
            while True:
                assert processes[name].poll() is None, (tmp_path / name / "out").read_text()
                try:
                    if gateway.ask(admin, "GET", "/readyz")[0] == 200:
                        break
                except OSError:
                    time.sleep(0.1)
                assert time.monotonic() < deadline, f"{name} is not ready in time"

        email = gateway.sign_in()
        done = journey(f"http://{ports['crm-gateway'][0]}", CRM_EMAIL=email, CRM_PASSWORD=suite.PASSWORD)
        assert done.returncode == 0, done.stdout + done.stderr
        assert gateway.call("GET", "/v1/opportunities")["opportunities"] == []

        # At the end a pod says that it is not ready, still answers for a while, and ends well.
        processes["crm-gateway"].terminate()
        while gateway.ask(ports["crm-gateway"][2], "GET", "/readyz")[0] == 200:
            time.sleep(0.02)
        assert gateway.call("GET", "/v1/accounts")["accounts"] == []
        for name in ("crm-identity", "crm-customers", "crm-sales"):
            processes[name].terminate()
        for name, process in processes.items():
            assert process.wait(40) == 0, (tmp_path / name / "out").read_text()
        assert not (tmp_path / "crm-gateway/data").exists(), "the gateway keeps nothing"

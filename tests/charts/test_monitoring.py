"""Alert rules and dashboards: that they say what they should, on metrics that the executable really has."""

import json
import re
import subprocess
import time
import urllib.request
from urllib.parse import urlencode

import pytest
import suite
import yaml
from conftest import ROOT

FILES = ROOT / "charts/crm/files"
RULES = sorted((FILES / "alerts").glob("*.yaml"))
DASHBOARDS = sorted((FILES / "dashboards").glob("*.json"))
CASES = yaml.safe_load((ROOT / "tests/charts/alerts.yaml").read_text())
# These are no metrics of the suite: Kubernetes', cert-manager's, and what Prometheus itself records.
FOREIGN = re.compile(r"^(kube_|kubelet_|container_|certmanager_|crm:|up$)")


def rules():
    return [
        rule
        for file in RULES
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
    ]


def queries():
    """Every expression of the rules and the dashboards."""
    found = [rule["expr"] for rule in rules()]
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            found += [target["expr"] for target in panel.get("targets", [])]
    return found


def plain(expression):
    """An expression without Grafana's variables."""
    return expression.replace("$namespace", ".*").replace("$__rate_interval", "1m")


def selectors(expression):
    """The metrics of an expression, each with the labels that its selector names."""
    for name, matchers in re.findall(
        r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{([^}]*)\})?(?![\w(])", re.sub(r'"[^"]*"', '""', expression)
    ):
        if matchers or re.match(r"(crm|process|kube|container|certmanager)[_:]", name):
            yield name, re.findall(r"(\w+)\s*[=!]", matchers)


def promtool(*arguments):
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_expression_is_well_formed(tmp_path):
    promtool("check", "rules", *RULES)
    made = [{"record": f"q{number}", "expr": plain(text)} for number, text in enumerate(queries())]
    (tmp_path / "queries.yaml").write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": made}]}))
    promtool("check", "rules", tmp_path / "queries.yaml")


@pytest.mark.parametrize("name", [rule["alert"] for rule in rules() if "alert" in rule])
def test_an_alert_fires_when_it_should_and_only_then(name, tmp_path):
    case = CASES[name]
    fires = [{"exp_labels": case["labels"], "exp_annotations": {"summary": case["summary"]}}]
    tests = []
    for series, expected in ((case["series"], fires), ({**case["series"], **case["but"]}, [])):
        inputs = [{"series": one, "values": str(values)} for one, values in series.items()]
        tests.append(
            {
                "interval": "1m",
                "input_series": inputs,
                "alert_rule_test": [{"eval_time": case["at"], "alertname": name, "exp_alerts": expected}],
            }
        )
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(path) for path in RULES], "tests": tests}))
    promtool("test", "rules", file)


def test_every_alert_has_its_chapter_in_the_runbook():
    headings = re.findall(r"^#+ (\w+)$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    assert [name for name in CASES if name not in headings] == []
    assert {rule["alert"] for rule in rules() if "alert" in rule} == CASES.keys()


class Prometheus:
    """A Prometheus that scrapes processes of the suite."""

    def __init__(self, folder, targets, rules=RULES):
        port = suite.free_port()
        self.url = f"http://127.0.0.1:{port}"
        scrapes = [
            {"targets": [target], "labels": {"component": name, "namespace": "crm"}}
            for name, target in targets.items()
        ]
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(path) for path in rules],
            "scrape_configs": [{"job_name": "crm", "static_configs": scrapes}],
        }
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        self.log = (folder / "prometheus.log").open("w")
        self.process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder}/prometheus.yaml",
                f"--storage.tsdb.path={folder}/tsdb",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=self.log,
            stderr=self.log,
        )

    def ask(self, path, **parameters):
        with urllib.request.urlopen(
            f"{self.url}/api/v1/{path}?{urlencode(parameters, doseq=True)}", timeout=10
        ) as answer:
            return json.load(answer)["data"]

    def query(self, expression):
        return self.ask("query", query=expression)["result"]

    def firing(self):
        """The names of the alerts that fire now."""
        return {alert["labels"]["alertname"] for alert in self.ask("alerts")["alerts"] if alert["state"] == "firing"}

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


@pytest.fixture(scope="module")
def scraped(binary, tmp_path_factory):
    """A Prometheus that has scraped a process that is well, and one whose cache, peer and mail server are gone."""
    folder = tmp_path_factory.mktemp("monitoring")
    nowhere = f"127.0.0.1:{suite.free_port()}"
    ill = {
        "CRM__CACHE__URL": f"redis://{nowhere}",
        "CRM__SERVICES__SALES": f"http://{nowhere}",
        "CRM__MAIL__SMTP_URL": f"smtp://{nowhere}",
    } | suite.certificate(folder / "certificate", 90)
    with (
        suite.running(binary, folder / "well") as well,
        suite.running(binary, folder / "ill", ill) as limping,
    ):
        prometheus = Prometheus(folder, {"all": well.admin, "limping": limping.admin})
        try:
            # Rates need two samples of every series, so each is made to move before and after the first scrape.
            deadline = time.monotonic() + 60
            while True:
                for process in (well, limping):
                    process.work()
                try:
                    if len(prometheus.query('count_over_time(up{job="crm"}[1m]) > 5')) == 2:
                        break
                except OSError:
                    pass
                assert time.monotonic() < deadline, "Prometheus does not scrape"
                time.sleep(0.5)
            yield prometheus
        finally:
            prometheus.stop()


@pytest.fixture
def watched(binary, tmp_path):
    """A process that is well but for a certificate that ends tomorrow, and a Prometheus whose alerts fire at once."""
    hasty = []
    for file in RULES:
        groups = yaml.safe_load(file.read_text())
        for rule in (rule for group in groups["groups"] for rule in group["rules"]):
            rule.pop("for", None)
        hasty.append(tmp_path / file.name)
        hasty[-1].write_text(yaml.safe_dump(groups))
    with suite.running(binary, tmp_path / "suite", suite.certificate(tmp_path / "certificate", 1)) as process:
        prometheus = Prometheus(tmp_path, {"all": process.admin}, hasty)
        try:
            yield process, prometheus
        finally:
            prometheus.stop()


# What is broken on purpose. Others may fire too where every alert is hasty and the machine is slow or its disk is full.
BROKEN = {"CrmCertificateEnds", "CrmMigrationsPending", "CrmNotReady", "CrmJobsDead", "CrmDown", "CrmProcessDown"}


def await_firing(prometheus, expected):
    """Waits until of these alerts exactly the expected ones fire."""
    deadline = time.monotonic() + 60
    while True:
        try:
            firing = prometheus.firing()
        except OSError:
            firing = set()
        if firing & BROKEN == expected:
            return
        assert time.monotonic() < deadline, firing
        time.sleep(0.2)


def shown(process):
    """The metrics of the suite that a process shows: name, type and labels."""
    text = process.ask(process.admin, "GET", "/metrics")[2]
    types = dict(re.findall(r"^# TYPE (crm_\w+) (\w+)$", text, re.MULTILINE))
    labels = {name: set() for name in types}
    for name, pairs in re.findall(r"^(crm_\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? \S+$", text, re.MULTILINE):
        if name in labels:
            labels[name] |= set(re.findall(r'(\w+)="', pairs)) - {"le"}
    return {(name, types[name], frozenset(labels[name])) for name in types}


def written():
    """The metrics that the documentation names."""
    table = (ROOT / "docs/metrics.md").read_text()
    rows = re.findall(r"^\| `(crm_\w+)` \| (\w+) \| ([\w, ]*) ?\|", table, re.MULTILINE)
    return {(name, kind, frozenset(re.findall(r"\w+", labels))) for name, kind, labels in rows}


def test_the_documented_metrics_are_those_of_the_executable(watched):
    process, _ = watched
    text = process.ask(process.admin, "GET", "/metrics")[2]
    for line in (
        'crm_rpc_duration_seconds_count{code="OK",method="/crm.customers.v1.Accounts/CreateAccount"} 0',
        'crm_job_duration_seconds_count{kind="invitation_mail",outcome="failed"} 0',
        "crm_cache_errors_total 0",
    ):
        assert line in text, f"{line} is not there before it has happened"
    process.work()
    assert shown(process) == written()


def test_alerts_fire_when_the_suite_is_broken_and_stop_when_it_is_well_again(watched):
    process, prometheus = watched
    await_firing(prometheus, {"CrmCertificateEnds"})
    assert json.loads(process.ask(process.admin, "GET", "/readyz")[2])["ready"]

    process.alter("customers", "update seaql_migrations set version = 'x_' || version where version like 'm0001%'")
    process.alter(
        "identity",
        "insert into jobs (id, organization_id, kind, name, payload, run_time, attempts, failure, finish_time)"
        " values (randomblob(16), zeroblob(16), 'invitation_mail', 'x', '{}', '2026-01-01 00:00:00+00:00', 12, 'x',"
        " '2026-01-01 00:00:00+00:00')",
    )
    await_firing(prometheus, BROKEN - {"CrmDown", "CrmProcessDown"})
    status, _, text = process.ask(process.admin, "GET", "/readyz")
    assert (status, json.loads(text)["failed"]) == (503, ["migrations/customers"])

    process.alter("customers", "update seaql_migrations set version = substr(version, 3) where version like 'x_%'")
    process.alter("identity", "delete from jobs")
    await_firing(prometheus, {"CrmCertificateEnds"})

    process.stop()
    await_firing(prometheus, {"CrmDown", "CrmProcessDown"})


def test_every_metric_and_label_is_one_that_the_executable_has(scraped):
    for expression in map(plain, queries()):
        known = set()
        for name, labels in selectors(expression):
            if FOREIGN.match(name):
                continue
            series = scraped.ask("series", **{"match[]": [name]})
            assert series, f"{name} is not exposed: {expression}"
            its_own = set().union(*series)
            assert set(labels) <= its_own, f"{name} has no label {set(labels) - its_own}: {expression}"
            known |= its_own
        grouped = set(re.findall(r"\w+", " ".join(re.findall(r"\bby \(([^)]*)\)", expression))))
        assert not known or grouped <= known, f"there is no label {grouped - known}: {expression}"


def test_every_panel_shows_something(scraped):
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel.get("targets", []):
                assert scraped.query(plain(target["expr"])), f"{panel['title']}: {target['expr']}"


def test_rules_are_evaluated_without_fault(scraped):
    for group in scraped.ask("rules")["groups"]:
        for rule in group["rules"]:
            assert rule["health"] in ("ok", "unknown"), rule

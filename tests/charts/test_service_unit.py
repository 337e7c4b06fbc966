"""The suite as a service of one machine."""

import configparser
import os
import re
import subprocess
import tomllib

import pytest
from conftest import ROOT

UNIT = ROOT / "packaging/crm.service"


@pytest.fixture
def installed(binary, tmp_path):
    """A root that the files were laid into."""
    (tmp_path / "root").mkdir()
    done = subprocess.run(
        [ROOT / "packaging/install", binary, tmp_path / "root"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return tmp_path / "root"


def unit():
    """The values of the unit by name; of one that is repeated all, in one text."""
    found = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), re.MULTILINE):
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


def test_systemd_understands_the_unit(installed):
    # What the unit names must be there, so it is looked at where it was laid.
    service = installed / "etc/systemd/system/crm.service"
    service.write_text(
        service.read_text().replace("/usr/local/bin/crm", str(installed / "usr/local/bin/crm"))
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", "--man=no", service],
        capture_output=True,
        text=True,
    )
    complaints = [line for line in done.stderr.splitlines() if "crm.service" in line]
    assert done.returncode == 0 and complaints == [], done.stderr


def test_the_unit_exposes_little():
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=15", UNIT],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-600:] + done.stderr


def test_the_unit_waits_as_long_as_the_suite_takes_to_stop():
    server = tomllib.loads((ROOT / "services/crm/default.toml").read_text())["server"]
    assert int(unit()["TimeoutStopSec"]) > server["drain_seconds"] + 2 * server["shutdown_seconds"]


def test_its_log_is_limited():
    namespace = unit()["LogNamespace"]
    journal = configparser.ConfigParser()
    journal.optionxform = str
    journal.read(ROOT / f"packaging/journald@{namespace}.conf")
    assert {"SystemMaxUse", "MaxRetentionSec"} <= journal["Journal"].keys()


def test_the_settings_are_good_and_stay_inside_the_machine(binary):
    done = subprocess.run(
        [binary, "config", "--config", ROOT / "packaging/crm.toml"],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr
    said = tomllib.loads(done.stdout)
    addresses = [said["server"][f"{name}_address"] for name in ("gateway", "grpc", "admin")]
    assert all(address.startswith("127.0.0.1:") for address in addresses)
    assert (
        said["database"]["data_directory"]
        == f"/var/lib/{unit()['StateDirectory']}"
        == unit()["WorkingDirectory"]
    )


def test_an_update_keeps_the_settings(installed, binary):
    settings = installed / "etc/crm/crm.toml"
    settings.write_text('[log]\nformat = "text"\n')
    subprocess.run([ROOT / "packaging/install", binary, installed], check=True, capture_output=True)
    assert settings.read_text() == '[log]\nformat = "text"\n'
    assert not (installed / "usr/local/bin/crm.new").exists()

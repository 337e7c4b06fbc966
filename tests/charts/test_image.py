"""The root file system of the image, put together from the executable that was built, and run as the image is."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib

import pytest
import suite
from conftest import ROOT

# What is neither executable, library, authority, time zone nor licence.
PLAIN = {"etc/passwd", "etc/group", "etc/nsswitch.conf"}
USER = 65532


@pytest.fixture(scope="module")
def root(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("image") / "root"
    subprocess.run([ROOT / "packaging/rootfs", binary, folder], check=True)
    # Everybody may pass to it, as to the root of a container.
    for parent in folder.parents:
        if parent.owner() == folder.owner() and str(parent).startswith("/tmp/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    yield folder
    shutil.rmtree(folder)


def inside(root, *arguments, **environment):
    """The command that runs the executable in the file system as its user."""
    if os.getuid() == 0:
        enter = ["chroot", f"--userspec={USER}:{USER}", root]
    else:
        enter = ["unshare", "--user", "--map-user", str(USER), "--map-group", str(USER), "--root", root]
    return {"args": [*enter, "/usr/bin/crm", *arguments], "env": {"PATH": os.environ["PATH"], **environment}}


def files(root):
    return {str(path.relative_to(root)): path for path in root.rglob("*") if not path.is_dir()}


def test_nothing_is_in_it_but_what_is_needed(root):
    def is_needed(path):
        return (
            path in PLAIN
            or path == "usr/bin/crm"
            or path == "etc/ssl/certs/ca-certificates.crt"
            or path.startswith("usr/share/zoneinfo/")
            or re.fullmatch(r"usr/share/doc/[\w-]+/(LICENSE|copyright)", path)
            or re.fullmatch(
                r"(usr/)?lib(64)?/([\w-]+/)?(ld-linux-x86-64|ld-linux-aarch64|libc|libm|libgcc_s)\.so\.\d",
                path,
            )
        )

    assert [path for path in files(root) if not is_needed(path)] == []
    executable = [
        path for path, file in files(root).items() if os.access(file, os.X_OK) and ".so" not in path
    ]
    assert executable == ["usr/bin/crm"]


def test_it_has_authorities_time_zones_and_licences(root):
    authorities = (root / "etc/ssl/certs/ca-certificates.crt").read_text()
    assert authorities.count("BEGIN CERTIFICATE") > 50
    assert (root / "usr/share/zoneinfo/Asia/Shanghai").stat().st_size > 100
    assert "Apache License" in (root / "usr/share/doc/crm/LICENSE").read_text()


def test_its_user_can_write_to_its_data_only(root):
    for path, file in [
        *files(root).items(),
        *((str(path.relative_to(root)), path) for path in root.rglob("*") if path.is_dir()),
    ]:
        mode = file.lstat().st_mode
        assert not mode & (stat.S_ISUID | stat.S_ISGID), path
        if not stat.S_ISLNK(mode) and path != "tmp":
            assert not mode & stat.S_IWOTH, path
    if os.getuid() == 0:
        assert [str(path.relative_to(root)) for path in root.rglob("*") if path.stat().st_uid == USER] == [
            "var/lib/crm"
        ]


def test_it_is_small_beside_the_executable(root):
    size = sum(file.lstat().st_size for path, file in files(root).items() if path != "usr/bin/crm")
    assert size < 12 * 2**20, size


def test_the_executable_runs_in_it_without_rights(root):
    settings = subprocess.run(**inside(root, "config"), check=True, capture_output=True, text=True)
    assert tomllib.loads(settings.stdout)["server"]["gateway_address"] == "0.0.0.0:8080"
    document = subprocess.run(**inside(root, "openapi"), check=True, capture_output=True, text=True)
    assert json.loads(document.stdout)["openapi"].startswith("3.")


def test_the_suite_serves_from_it(root):
    gateway, grpc, admin = (f"127.0.0.1:{suite.free_port()}" for _ in range(3))
    addresses = {
        "CRM__SERVER__GATEWAY_ADDRESS": gateway,
        "CRM__SERVER__GRPC_ADDRESS": grpc,
        "CRM__SERVER__ADMIN_ADDRESS": admin,
    }
    data = {"CRM__DATABASE__DATA_DIRECTORY": "/var/lib/crm", **addresses}
    process = subprocess.Popen(
        **inside(root, "serve", **data), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        for line in process.stdout:
            if line.startswith("Metrics at:"):
                break
        # What the image's health check runs.
        health = subprocess.run(**inside(root, "healthcheck", **addresses), capture_output=True, text=True)
        assert health.returncode == 0 and json.loads(health.stdout)["ready"], health.stderr
    finally:
        process.terminate()
        assert process.wait(40) == 0
    if os.getuid() == 0:
        assert {path.stat().st_uid for path in (root / "var/lib/crm").rglob("*")} == {USER}
    shutil.rmtree(root / "var/lib/crm")


def test_the_dockerfile_is_of_the_versions_that_the_sources_name():
    text = (ROOT / "Dockerfile").read_text()
    toolchain = tomllib.loads((ROOT / "rust-toolchain.toml").read_text())["toolchain"]["channel"]
    assert f"rust:{toolchain}-slim-bookworm" in text
    oldest = re.search(r"\d+", json.loads((ROOT / "web/package.json").read_text())["engines"]["node"])[0]
    assert re.search(rf"node:{oldest}\.\d+\.\d+-bookworm-slim", text)
    last = text.split("\nFROM ")[-1]
    assert last.startswith("scratch\n") and "USER 65532:65532" in last and "RUN" not in last
    profiles = tomllib.loads((ROOT / "Cargo.toml").read_text())["profile"]
    assert re.search(r"--profile (\w+)", text)[1] in profiles


def test_the_sources_that_the_image_is_built_from_are_sent():
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}
    members = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["members"]
    assert {member.split("/")[0] for member in members} <= sent
    assert {"Cargo.lock", "Cargo.toml", "LICENSE", "packaging", "rust-toolchain.toml", "web"} <= sent


def test_the_bill_of_materials_names_every_part_with_its_licence():
    made = subprocess.run(
        [sys.executable, ROOT / "packaging/sbom.py"], check=True, capture_output=True, text=True
    )
    bill = json.loads(made.stdout)
    parts = {part["purl"]: part for part in bill["components"]}
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert [purl for purl, part in parts.items() if not part["licenses"]] == []
    assert all(part.get("hashes") for purl, part in parts.items() if not purl.startswith("pkg:cargo/crm"))
    assert any(purl.startswith("pkg:cargo/tonic@") for purl in parts)
    assert any(purl.startswith("pkg:npm/react@") for purl in parts)
    assert not any(purl.startswith("pkg:cargo/proptest@") for purl in parts), (
        "what is only tested with is left out"
    )
    known = {*parts, bill["metadata"]["component"]["bom-ref"]}
    assert {
        reference for entry in bill["dependencies"] for reference in [entry["ref"], *entry["dependsOn"]]
    } <= known

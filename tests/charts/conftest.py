"""What the checks of the chart have in common."""

import os
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "charts"))

import generate  # noqa: E402

EXAMPLES = {
    path.stem: path
    for folder in (ROOT / "k8s/values", ROOT / "tests/charts/values")
    for path in sorted(folder.glob("*.yaml"))
}


def values(name):
    """The values of an example."""
    return yaml.safe_load(EXAMPLES[name].read_text())


@pytest.fixture(scope="session", params=list(EXAMPLES))
def example(request):
    """The name of each example in turn."""
    return request.param


@pytest.fixture(scope="session", params=["install", "upgrade"])
def manifests(request, example):
    """The manifests of each example, as at the installation and as at an upgrade."""
    return generate.documents(
        values(example), is_install=request.param == "install", is_upgrade=request.param != "install"
    )


@pytest.fixture(scope="session")
def binary():
    """The executable: the one that CRM_BINARY names, or the one that was built."""
    path = Path(os.environ.get("CRM_BINARY", ROOT / "target/debug/crm"))
    assert path.exists(), f"build {path} first: just build"
    return path

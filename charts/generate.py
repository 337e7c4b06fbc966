"""Writes what is made from the chart: its README's table and the manifests of the local cluster.

target/tools/bin/python charts/generate.py
"""

import re
from pathlib import Path

import helm_python
import yaml

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "charts/crm"
README = CHART / "README.md"
MANIFESTS = ROOT / "k8s/base/crm.yaml"
MARK = "<!-- made from values.yaml by charts/generate.py -->"


def documents(values, *, name="crm", namespace="crm", **options):
    """The manifests that Helm renders from the chart, each with the file that it comes from as `_file`."""
    with helm_python.Chart.load(CHART) as chart:
        # An installation checks the values first; rendering alone does not.
        chart.validate_schema(values)
        rendered = chart.render(values, name=name, namespace=namespace, **options)
    found = []
    for file, text in sorted(rendered.items()):
        if file.endswith(".yaml"):
            found += [{"_file": file, **document} for document in yaml.safe_load_all(text) if document]
    return found


def manifests():
    """The manifests of the local cluster, without what only Helm understands."""
    values = yaml.safe_load((ROOT / "k8s/values/local.yaml").read_text())
    kept = []
    for document in documents(values, is_install=True):
        if "/tests/" in document.pop("_file"):
            continue
        metadata = document["metadata"]
        for name in ("annotations", "labels"):
            entries = metadata.get(name, {})
            metadata[name] = {
                key: value
                for key, value in entries.items()
                if not key.startswith("helm.sh/") and key != "app.kubernetes.io/managed-by"
            }
            if not metadata[name]:
                del metadata[name]
        kept.append(document)
    head = "# Rendered from charts/crm with k8s/values/local.yaml: just manifests\n"
    return head + yaml.safe_dump_all(kept, sort_keys=False, width=120)


def rows(text):
    """The values of a values file that have a comment: name, default, meaning."""
    path, comment = [], []
    for line in text.splitlines():
        if found := re.match(r"^( *)# ?(.*)$", line):
            comment.append(found[2])
            continue
        if not (found := re.match(r"^( *)([A-Za-z_]+):(?: (.*))?$", line)):
            comment = []
            continue
        depth = len(found[1]) // 2
        path = [*path[:depth], found[2]]
        if comment:
            yield ".".join(path), found[3], " ".join(comment)
        comment = []


def table():
    """The chart's values as a Markdown table."""
    text = (CHART / "values.yaml").read_text()
    defaults = yaml.safe_load(text)
    # The head of the file speaks about the file.
    body = text.split("\n\n", 1)[1]
    lines = ["| value | default | meaning |", "|---|---|---|"]
    for name, shown, meaning in rows(body):
        value = defaults
        for part in name.split("."):
            value = value[part]
        default = f"`{shown}`" if shown and value is not None else ""
        lines.append(f"| `{name}` | {default} | {meaning.replace('|', chr(92) + '|')} |")
    return "\n".join(lines)


def readme():
    """The chart's README with the table of today."""
    head = README.read_text().split(MARK)[0]
    return f"{head}{MARK}\n\n{table()}\n"


if __name__ == "__main__":
    README.write_text(readme())
    MANIFESTS.write_text(manifests())

"""Writes what the image is made of, with versions, origins and licences, as CycloneDX JSON.

    python3 packaging/sbom.py > crm.cdx.json        the bill of materials
    python3 packaging/sbom.py --licences            how many components are under which licence

Of Rust it lists what the executable is linked with or built by, of npm what the browser app is built from; what is only
tested with is left out.
"""

import json
import subprocess
import sys
from base64 import b64decode
from collections import Counter
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
TARGET = "x86_64-unknown-linux-gnu"


def licence(expression):
    """A licence as CycloneDX writes it; crates of old separate with a slash what SPDX joins with OR."""
    return [{"expression": " OR ".join(part.strip() for part in expression.split("/"))}] if expression else []


def rust():
    """The crates of the executable, and what each depends on."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    checksums = lock_checksums()

    def reference(one):
        return f"pkg:cargo/{packages[one]['name']}@{packages[one]['version']}"

    open_, seen = [next(one for one, package in packages.items() if package["name"] == "crm")], {}
    while open_:
        one = open_.pop()
        if one in seen:
            continue
        seen[one] = [
            dependency["pkg"]
            for dependency in nodes[one]["deps"]
            if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"])
        ]
        open_ += seen[one]
    for one, needs in seen.items():
        package = packages[one]
        component = {
            "type": "library",
            "bom-ref": reference(one),
            "name": package["name"],
            "version": package["version"],
            "purl": reference(one),
            "licenses": licence(package["license"]),
        }
        if checksum := checksums.get((package["name"], package["version"])):
            component["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        if package["description"]:
            component["description"] = " ".join(package["description"].split())
        yield component, sorted({reference(need) for need in needs})


def lock_checksums():
    """The checksums of Cargo.lock by name and version."""
    import tomllib

    packages = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    return {(package["name"], package["version"]): package.get("checksum") for package in packages}


def npm():
    """The packages that the browser app is built from."""
    packages = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    for path, package in packages.items():
        if not path or package.get("dev") or package.get("link"):
            continue
        name = package.get("name", path.rpartition("node_modules/")[2])
        reference = f"pkg:npm/{quote(name, safe='/')}@{package['version']}"
        component = {
            "type": "library",
            "bom-ref": reference,
            "name": name,
            "version": package["version"],
            "purl": reference,
            "licenses": licence(package.get("license")),
        }
        algorithm, _, digest = package.get("integrity", "").partition("-")
        if algorithm == "sha512":
            component["hashes"] = [{"alg": "SHA-512", "content": b64decode(digest).hex()}]
        yield component, []


def bill():
    """The bill of materials; the same sources make the same one."""
    found = {component["bom-ref"]: (component, needs) for component, needs in [*rust(), *npm()]}
    suite, _ = next(entry for entry in found.values() if entry[0]["name"] == "crm")
    # The browser app is embedded in the executable.
    app = sorted(reference for reference in found if reference.startswith("pkg:npm/"))
    found[suite["bom-ref"]] = (suite, sorted({*found[suite["bom-ref"]][1], *app}))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**suite, "type": "application"}},
        "components": [
            component for reference, (component, _) in sorted(found.items()) if component is not suite
        ],
        "dependencies": [
            {"ref": reference, "dependsOn": needs} for reference, (_, needs) in sorted(found.items())
        ],
    }


def main():
    made = bill()
    if "--licences" in sys.argv[1:]:
        counts = Counter(
            part["expression"]
            for component in made["components"]
            for part in component["licenses"] or [{"expression": "none"}]
        )
        for expression, count in counts.most_common():
            print(f"{count:5} {expression}")
    else:
        json.dump(made, sys.stdout, indent=1, ensure_ascii=False)
        print()


if __name__ == "__main__":
    main()

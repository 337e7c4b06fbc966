"""As much of a Kubernetes API server as Helm needs to install, upgrade and roll back: it stores what it is sent.

Jobs and Pods are over as soon as they are made: well, or badly if their name is in `failing`.
"""

import base64
import json
import threading
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import yaml

# Group and version: kind, plural name.
RESOURCES = {
    "v1": {
        "Namespace": "namespaces",
        "ConfigMap": "configmaps",
        "Secret": "secrets",
        "Service": "services",
        "ServiceAccount": "serviceaccounts",
        "PersistentVolumeClaim": "persistentvolumeclaims",
        "Pod": "pods",
    },
    "apps/v1": {"Deployment": "deployments", "ReplicaSet": "replicasets"},
    "batch/v1": {"Job": "jobs"},
    "autoscaling/v2": {"HorizontalPodAutoscaler": "horizontalpodautoscalers"},
    "policy/v1": {"PodDisruptionBudget": "poddisruptionbudgets"},
    "networking.k8s.io/v1": {"NetworkPolicy": "networkpolicies", "Ingress": "ingresses"},
    "cert-manager.io/v1": {"Certificate": "certificates", "Issuer": "issuers"},
    "postgresql.cnpg.io/v1": {"Cluster": "clusters", "Database": "databases"},
    "monitoring.coreos.com/v1": {"ServiceMonitor": "servicemonitors", "PrometheusRule": "prometheusrules"},
    "gateway.networking.k8s.io/v1": {"HTTPRoute": "httproutes"},
}
KINDS = {(group, plural): kind for group, kinds in RESOURCES.items() for kind, plural in kinds.items()}


class Cluster:
    """What is stored, by kind and name, and what was asked."""

    def __init__(self):
        self.objects = {}
        self.changes = []
        self.failing = set()
        self.lock = threading.Condition()
        self.version = 0

    def names(self, kind):
        """The names of the objects of a kind, without Helm's own."""
        return sorted(name for have, name in self.objects if have == kind and not name.startswith("sh.helm."))

    def secret(self, name):
        """The plain texts of a Secret."""
        return {
            key: base64.b64decode(value).decode()
            for key, value in self.objects["Secret", name]["data"].items()
        }

    def store(self, verb, kind, name, document):
        with self.lock:
            self.version += 1
            metadata = document.setdefault("metadata", {})
            before = self.objects.get((kind, name), {}).get("metadata", {})
            metadata.setdefault("uid", before.get("uid", str(uuid.uuid4())))
            metadata.setdefault("creationTimestamp", before.get("creationTimestamp", "2026-01-01T00:00:00Z"))
            metadata["resourceVersion"] = str(self.version)
            metadata["generation"] = before.get("generation", 0) + 1
            for key, value in document.pop("stringData", {}).items() if kind == "Secret" else ():
                document.setdefault("data", {})[key] = base64.b64encode(value.encode()).decode()
            self.finish(kind, name, document)
            self.objects[kind, name] = document
            self.changes.append((verb, kind, name))
            self.lock.notify_all()
            return document

    def finish(self, kind, name, document):
        failed = name in self.failing
        if kind == "Job":
            ended = {"type": "Failed" if failed else "Complete", "status": "True", "reason": "Test"}
            document["status"] = {"conditions": [ended], "failed" if failed else "succeeded": 1}
        if kind == "Deployment":
            replicas = document["spec"].get("replicas", 1)
            same = dict.fromkeys(
                ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas
            )
            document["status"] = {"observedGeneration": document["metadata"]["generation"], **same}
        if kind == "Pod":
            document["status"] = {"phase": "Failed" if failed else "Succeeded"}

    def delete(self, kind, name):
        with self.lock:
            self.version += 1
            self.changes.append(("delete", kind, name))
            return self.objects.pop((kind, name), None)


def merge(into, patch):
    """A JSON merge patch."""
    for key, value in patch.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value
    return into


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer is two writes; the second must not wait until the first is acknowledged.
    disable_nagle_algorithm = True
    cluster: Cluster

    def log_message(self, *_):
        pass

    def answer(self, body, status=200):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, reason):
        self.answer(
            {
                "kind": "Status",
                "apiVersion": "v1",
                "status": "Failure",
                "reason": reason,
                "code": status,
                "message": f"{self.path}: {reason}",
            },
            status,
        )

    def body(self):
        return yaml.safe_load(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")

    def target(self):
        """The kind, the name and the query of the request; none for what is no object."""
        url = urlsplit(self.path)
        parts = url.path.strip("/").split("/")
        group, rest = (parts[1], parts[2:]) if parts[0] == "api" else ("/".join(parts[1:3]), parts[3:])
        if rest[:1] == ["namespaces"] and len(rest) > 2:
            rest = rest[2:]
        kind = KINDS.get((group, rest[0])) if rest else None
        return group, kind, rest[1] if len(rest) > 1 else None, parse_qs(url.query)

    def discovery(self):
        path = urlsplit(self.path).path.strip("/")
        if path == "version":
            return {"major": "1", "minor": "33", "gitVersion": "v1.33.0"}
        if path == "api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "apis":
            groups = []
            for group in (name for name in RESOURCES if "/" in name):
                version = {"groupVersion": group, "version": group.split("/")[1]}
                groups.append(
                    {"name": group.split("/")[0], "versions": [version], "preferredVersion": version}
                )
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        if path == "openapi/v3":
            paths = (f"apis/{group}" if "/" in group else f"api/{group}" for group in RESOURCES)
            return {"paths": {path: {"serverRelativeURL": f"/openapi/v3/{path}"} for path in paths}}
        group = path.removeprefix("openapi/v3/").removeprefix("apis/").removeprefix("api/")
        if path.startswith("openapi/v3/"):
            return self.description(group)
        if group in RESOURCES:
            verbs = ["create", "delete", "get", "list", "patch", "update", "watch"]
            resources = [
                {
                    "name": plural,
                    "singularName": kind.lower(),
                    "namespaced": kind != "Namespace",
                    "kind": kind,
                    "verbs": verbs,
                }
                for kind, plural in RESOURCES[group].items()
            ]
            return {
                "kind": "APIResourceList",
                "apiVersion": "v1",
                "groupVersion": group,
                "resources": resources,
            }
        return None

    @staticmethod
    def description(group):
        """Says that the server itself refuses unknown fields, so that Helm does not ask for schemas."""
        name, _, version = group.rpartition("/")
        prefix = f"/apis/{group}" if name else f"/api/{group}"
        parameter = {"name": "fieldValidation", "in": "query"}
        return {
            "openapi": "3.0.0",
            "info": {"title": group, "version": "1"},
            "paths": {
                f"{prefix}/namespaces/{{namespace}}/{plural}/{{name}}": {
                    "patch": {
                        "parameters": [parameter],
                        "responses": {},
                        "x-kubernetes-group-version-kind": {"group": name, "version": version, "kind": kind},
                    }
                }
                for kind, plural in RESOURCES[group].items()
            },
        }

    def do_GET(self):
        if (found := self.discovery()) is not None:
            return self.answer(found)
        group, kind, name, query = self.target()
        if not kind:
            return self.refuse(404, "NotFound")
        if name:
            stored = self.cluster.objects.get((kind, name))
            return self.answer(stored) if stored else self.refuse(404, "NotFound")
        items = [
            stored
            for (have, _), stored in list(self.cluster.objects.items())
            if have == kind and self.selected(stored, query)
        ]
        if query.get("watch") == ["true"]:
            return self.watch(group, kind, items)
        return self.answer(
            {
                "kind": f"{kind}List",
                "apiVersion": group,
                "items": items,
                "metadata": {"resourceVersion": str(self.cluster.version)},
            }
        )

    def watch(self, group, kind, items):
        """Tells what is there and that this was all; nothing changes afterwards, so the client asks again."""
        bookmark = {
            "kind": kind,
            "apiVersion": group,
            "metadata": {
                "resourceVersion": str(self.cluster.version),
                "annotations": {"k8s.io/initial-events-end": "true"},
            },
        }
        events = [
            *({"type": "ADDED", "object": item} for item in items),
            {"type": "BOOKMARK", "object": bookmark},
        ]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        for event in events:
            self.wfile.write(json.dumps(event).encode() + b"\n")
        self.wfile.flush()
        with self.cluster.lock:
            self.cluster.lock.wait(1)
        self.close_connection = True

    @staticmethod
    def selected(stored, query):
        metadata = stored["metadata"]
        for part in ",".join(query.get("labelSelector", [])).split(","):
            key, _, value = part.partition("=")
            if part and metadata.get("labels", {}).get(key) != value.lstrip("="):
                return False
        for part in ",".join(query.get("fieldSelector", [])).split(","):
            key, _, value = part.partition("=")
            if key == "metadata.name" and metadata["name"] != value:
                return False
        return True

    def do_POST(self):
        _, kind, _, _ = self.target()
        document = self.body()
        name = document["metadata"]["name"]
        if (kind, name) in self.cluster.objects:
            return self.refuse(409, "AlreadyExists")
        return self.answer(self.cluster.store("create", kind, name, document), 201)

    def do_PUT(self):
        _, kind, name, _ = self.target()
        return self.answer(self.cluster.store("update", kind, name, self.body()))

    def do_PATCH(self):
        _, kind, name, _ = self.target()
        patch, stored = self.body(), self.cluster.objects.get((kind, name))
        if "apply" in self.headers["Content-Type"]:
            # What a manifest does not name any more is gone.
            document = {"status": (stored or {}).get("status", {}), **patch}
            return self.answer(self.cluster.store("update" if stored else "create", kind, name, document))
        if stored is None:
            return self.refuse(404, "NotFound")
        return self.answer(
            self.cluster.store("update", kind, name, merge(json.loads(json.dumps(stored)), patch))
        )

    def do_DELETE(self):
        _, kind, name, _ = self.target()
        self.body()
        if self.cluster.delete(kind, name) is None:
            return self.refuse(404, "NotFound")
        return self.answer({"kind": "Status", "apiVersion": "v1", "status": "Success"})


@contextmanager
def running():
    """A cluster, and the kubeconfig by which Helm reaches it."""
    cluster = Cluster()
    handler = type("BoundHandler", (Handler,), {"cluster": cluster})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    here = {"name": "test", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [here],
        "current-context": "test",
        "users": [{"name": "test", "user": {}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    }
    try:
        yield cluster, yaml.safe_dump(kubeconfig)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

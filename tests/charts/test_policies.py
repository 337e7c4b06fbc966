"""What every manifest must hold to, whatever the values."""

import re

from pods import WORKLOADS, of, secrets_of, selected, template, title

# What `networkPolicy`, `tls` and the like refer to and an operator makes.
GIVEN = {
    "postgres-url",
    "postgres-authority",
    "redis-url",
    "mail-url",
    "own-keys",
    "gateway-certificate",
    "test-user",
    "crm-redis-url",
    "crm-mail-url",
    "crm-test-user",
    "crm-secrets",
    "crm-postgresql-ca",
}


def pods(manifests):
    return [(title(document), *template(document)) for document in of(manifests, *WORKLOADS)]


def test_pods_hold_to_the_restricted_standard(manifests):
    for name, _, pod in pods(manifests):
        security = pod["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security.get("runAsUser") != 0, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), name
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["enableServiceLinks"] is False, name
        for container in pod["containers"] + pod.get("initContainers", []):
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, name
            assert context["readOnlyRootFilesystem"] is True, name
            assert context["capabilities"] == {"drop": ["ALL"]}, name
            assert not any("hostPort" in port for port in container.get("ports", [])), name
        allowed = {"configMap", "secret", "projected", "emptyDir", "persistentVolumeClaim"}
        assert all((volume.keys() - {"name"}) <= allowed for volume in pod["volumes"]), name


def test_images_are_pinned(manifests):
    images = [container["image"] for _, _, pod in pods(manifests) for container in pod["containers"]]
    images += [document["spec"]["imageName"] for document in of(manifests, "Cluster")]
    for image in images:
        assert re.search(r"(:[\w.-]+|@sha256:[0-9a-f]{64})$", image), image
        assert not image.endswith(":latest"), image


def test_containers_have_requests_and_limits(manifests):
    for name, _, pod in pods(manifests):
        for container in pod["containers"]:
            resources = container["resources"]
            assert {"cpu", "memory", "ephemeral-storage"} <= resources["requests"].keys(), name
            assert {"memory", "ephemeral-storage"} <= resources["limits"].keys(), name
        for volume in pod["volumes"]:
            assert "emptyDir" not in volume or "sizeLimit" in volume["emptyDir"], name


def test_what_serves_has_probes_on_the_port_for_operators(manifests):
    for document in of(manifests, "Deployment"):
        for container in template(document)[1]["containers"]:
            assert {"livenessProbe", "readinessProbe"} <= container.keys(), title(document)
            if container["name"] == "crm":
                probes = [
                    container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")
                ]
                assert [probe["path"] for probe in probes] == ["/livez", "/livez", "/readyz"]
                assert {probe["port"] for probe in probes} == {"admin"}


def test_pods_are_given_the_time_that_they_take_to_stop(manifests):
    for document in of(manifests, "Deployment"):
        _, pod = template(document)
        if pod["containers"][0]["name"] != "crm":
            continue
        settings = next(one for one in of(manifests, "ConfigMap") if "crm.toml" in one["data"])["data"][
            "crm.toml"
        ]
        drain, finish = (
            int(re.search(rf"{key} = (\d+)", settings)[1]) for key in ("drain_seconds", "shutdown_seconds")
        )
        assert pod["terminationGracePeriodSeconds"] > drain + 2 * finish


def test_no_secret_stands_in_a_config_map_or_an_argument(manifests):
    secret = re.compile(
        r"://[^/\s]*:[^/\s]+@|PRIVATE KEY|password\s*[:=]\s*\S|_key\s*=\s*\"[^\"]", re.IGNORECASE
    )
    for document in of(manifests, "ConfigMap"):
        for key, text in document["data"].items():
            if not key.endswith(".sh"):
                assert not secret.search(text), f"{title(document)} {key}: {secret.search(text)[0]}"
    for name, _, pod in pods(manifests):
        for container in pod["containers"]:
            plain = [*container.get("args", []), *container.get("command", [])]
            plain += [variable["value"] for variable in container.get("env", []) if "value" in variable]
            assert not any(secret.search(text) for text in plain), name


def test_what_is_mounted_is_there(manifests):
    config_maps = {document["metadata"]["name"] for document in of(manifests, "ConfigMap")} | {"authorities"}
    certificates = {document["spec"]["secretName"] for document in of(manifests, "Certificate")}
    made = {
        document["metadata"]["name"]: document.get("data", {}) | document.get("stringData", {})
        for document in of(manifests, "Secret")
    }
    for name, _, pod in pods(manifests):
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        for container in pod["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys(), name
            paths = [mount["mountPath"] for mount in container["volumeMounts"]]
            assert len(paths) == len(set(paths)), name
        for volume in volumes.values():
            assert "configMap" not in volume or volume["configMap"]["name"] in config_maps, name
        for secret, keys in secrets_of(pod):
            known = secret in GIVEN | certificates or re.fullmatch(r"crm-\w+-certificate", secret)
            assert known or set(keys) <= made[secret].keys(), f"{name}: {secret} {keys}"


def test_selectors_select_and_ports_exist(manifests):
    workloads = [(labels, pod) for _, labels, pod in pods(manifests)]

    def ports(pod):
        return {
            port["name"]: port["containerPort"] for one in pod["containers"] for port in one.get("ports", [])
        }

    for service in of(manifests, "Service"):
        found = [pod for labels, pod in workloads if selected(service["spec"]["selector"], labels)]
        assert found, title(service)
        for port in service["spec"]["ports"]:
            assert any(port["targetPort"] in ports(pod) for pod in found), title(service)
    for budget in of(manifests, "PodDisruptionBudget"):
        found = [1 for labels, _ in workloads if selected(budget["spec"]["selector"]["matchLabels"], labels)]
        assert len(found) == 1, title(budget)
    for document in of(manifests, "Deployment"):
        labels, _ = template(document)
        assert selected(document["spec"]["selector"]["matchLabels"], labels), title(document)
        assert not {"helm.sh/chart", "app.kubernetes.io/version"} & labels.keys(), (
            "a new chart restarts every service"
        )
    deployments = {document["metadata"]["name"]: document for document in of(manifests, "Deployment")}
    for scaler in of(manifests, "HorizontalPodAutoscaler"):
        target = deployments[scaler["spec"]["scaleTargetRef"]["name"]]
        assert "replicas" not in target["spec"], "an upgrade would undo what was scaled"
        assert scaler["spec"]["metrics"], title(scaler)


def test_names_and_labels_are_ones_that_kubernetes_takes(manifests):
    seen = set()
    for document in manifests:
        name = document["metadata"]["name"]
        assert re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?", name), name
        assert document["metadata"]["namespace"] == "crm", title(document)
        assert document["apiVersion"], title(document)
        hook = "helm.sh/hook" in document["metadata"].get("annotations", {})
        assert (title(document), hook) not in seen, f"{title(document)} is there twice"
        seen.add((title(document), hook))


def gates(manifests, labels, direction):
    """The rules for pods with some labels; none if everything is allowed."""
    policies = [
        document["spec"]
        for document in of(manifests, "NetworkPolicy")
        if selected(document["spec"]["podSelector"]["matchLabels"], labels)
    ]
    closed = [policy for policy in policies if direction in policy["policyTypes"]]
    return [rule for policy in closed for rule in policy.get(direction.lower(), [])] if closed else None


def allows(rules, side, port, labels):
    """Whether rules let pods with some labels, of the same namespace, pass to a port."""
    for rule in rules:
        ports = {entry["port"] for entry in rule.get("ports", [])}
        peers = rule.get(side)
        if port in ports and (
            peers is None
            or any(
                selected(peer["podSelector"]["matchLabels"], labels)
                for peer in peers
                if "podSelector" in peer
            )
        ):
            return True
    return False


def test_only_the_gateway_is_reached_from_outside_and_only_services_reach_databases(manifests):
    if not of(manifests, "NetworkPolicy"):
        return
    for name, labels, pod in pods(manifests):
        incoming, outgoing = gates(manifests, labels, "Ingress"), gates(manifests, labels, "Egress")
        assert incoming is not None and outgoing is not None, f"{name} is under no policy"
        component = labels["app.kubernetes.io/component"]
        stranger = {"app.kubernetes.io/name": "other"}
        is_gateway = component in ("gateway", "all")
        assert not allows(incoming, "from", "grpc", stranger), name
        assert not allows(incoming, "from", "admin", stranger), name
        assert not allows(incoming, "from", 6379, stranger), name
        if not is_gateway:
            assert not allows(incoming, "from", "http", stranger), name
        holds_data = labels.get("crm-data") == "true" or component == "migrate"
        open_ports = {entry["port"] for rule in outgoing for entry in rule.get("ports", [])}
        databases = {5432, 5433} & open_ports
        has_url = any("database.url" in str(volume) for volume in pod.get("volumes", []))
        assert bool(databases) == has_url, name
        assert not databases or holds_data, name
    callers = [
        labels for _, labels, _ in pods(manifests) if labels["app.kubernetes.io/component"] == "gateway"
    ]
    for _, labels, _ in pods(manifests):
        if labels.get("crm-data") == "true":
            assert all(
                allows(gates(manifests, labels, "Ingress"), "from", "grpc", caller) for caller in callers
            )
            assert all(allows(gates(manifests, caller, "Egress"), "to", 9000, labels) for caller in callers)


def test_the_gateway_holds_neither_database_nor_master_keys(manifests):
    for document in of(manifests, "Deployment"):
        labels, pod = template(document)
        if labels["app.kubernetes.io/component"] == "gateway":
            keys = {key for _, keys in secrets_of(pod) for key in keys}
            assert not {"master.keys", "database.url", "database-url", "owner-url"} & keys
            assert {"cluster.keys"} <= keys

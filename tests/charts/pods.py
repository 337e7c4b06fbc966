"""Ways through manifests."""

WORKLOADS = ("Deployment", "StatefulSet", "Job", "Pod")


def of(documents, *kinds):
    """The documents of some kinds."""
    return [document for document in documents if document["kind"] in kinds]


def title(document):
    """Names a document in a message."""
    return f"{document['kind']}/{document['metadata']['name']}"


def template(document):
    """The labels and the specification of the pods of a workload."""
    if document["kind"] == "Pod":
        return document["metadata"].get("labels", {}), document["spec"]
    made = document["spec"]["template"]
    return made["metadata"].get("labels", {}), made["spec"]


def selected(selector, labels):
    """Whether a selector of a Service, or the matchLabels of another one, selects labels."""
    return all(labels.get(key) == value for key, value in selector.items())


def secrets_of(pod):
    """The Secrets that a pod mounts or reads, with the keys that it names."""
    for volume in pod.get("volumes", []):
        parts = [volume] + volume.get("projected", {}).get("sources", [])
        for secret in (part["secret"] for part in parts if "secret" in part):
            yield (
                secret.get("secretName") or secret["name"],
                [item["key"] for item in secret.get("items", [])],
            )
    for container in pod["containers"]:
        for variable in container.get("env", []):
            if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
                yield reference["name"], [reference["key"]]


def quantity(text):
    """A quantity of Kubernetes as a number: processors or bytes."""
    units = {"m": 1e-3, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
    for unit, factor in units.items():
        if str(text).endswith(unit):
            return float(str(text).removesuffix(unit)) * factor
    return float(text)

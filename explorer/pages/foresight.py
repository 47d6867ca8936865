"""What would follow from a change, in a learner's words: which loop acts next, and on what. Said before anything is written."""

from typing import Any

Manifest = dict[str, Any]
Line = dict[str, str]


def line(glyph: str, text: str) -> Line:
    return {"glyph": glyph, "hue": glyph, "text": text}


def follows(outcome: str, before: Manifest, after: Manifest) -> list[Line]:
    """Lines for one object; nothing follows from what stays."""
    if outcome == "same":
        return [line("api", "Nothing: the API server stores no new revision of an object that stays as it is")]
    kind = after.get("kind", "")
    told = TOLD.get(kind)
    return told(before, after) if told else [line("api", f"The API server stores it, and whoever watches {kind}s is told")]


def _pods(count: int) -> str:
    return f"{count} pod{'s' if count != 1 else ''}"


def _images(manifest: Manifest) -> str:
    spec = manifest.get("spec", {}).get("template", manifest).get("spec", {})
    return ", ".join(dict.fromkeys(c.get("image", "").rpartition("/")[2] for c in spec.get("containers") or ()))


def _deployment(before: Manifest, after: Manifest) -> list[Line]:
    name, wanted = after["metadata"]["name"], after.get("spec", {}).get("replicas", 1)
    old = before.get("spec", {})
    if before and old.get("template") == after["spec"].get("template"):
        had = old.get("replicas", 1)
        if had == wanted:
            return [line("cm", f"The Deployment loop looks at {name} again; its pods stay")]
        verb = "makes" if wanted > had else "deletes"
        return [
            line("cm", f"The Deployment loop tells its ReplicaSet to have {_pods(wanted)}, and the ReplicaSet loop {verb} {abs(wanted - had)}"),
            *_placed(after),
        ]
    begin = line("cm", f"The Deployment loop makes a ReplicaSet for {name}" + (", for its pod template is a new one" if before else f" with {_pods(wanted)}"))
    if not before:
        return [begin, line("cm", f"The ReplicaSet loop makes {_pods(wanted)}"), *_placed(after)]
    return [begin, *_placed(after), line("kubelet", "Old pods stop as new ones become ready, with up to 30 s of grace")]


def _placed(after: Manifest) -> list[Line]:
    return [line("sched", "The scheduler chooses a node for each new pod"), line("rt", f"The runtime pulls {_images(after)} where it is not there yet")]


def _pod(before: Manifest, after: Manifest) -> list[Line]:
    if before:
        return [line("kubelet", "The kubelet of its node takes the change over")]
    return [*_placed(after), line("kubelet", "No loop stands behind a bare pod: once deleted, nobody makes it again")]


def _service(before: Manifest, after: Manifest) -> list[Line]:
    selector = after.get("spec", {}).get("selector") or {}
    words = ", ".join(f"{k}={v}" for k, v in selector.items()) or "nothing: it has no selector"
    return [
        line("cm", f"The EndpointSlice loop lists the pods that it selects ({words})"),
        line("proxy", "Every kube-proxy writes rules that lead its address to those that are ready"),
    ]


def _namespace(before: Manifest, after: Manifest) -> list[Line]:
    return [line("cm", "The service account loop puts a default ServiceAccount into it, the root CA loop a ConfigMap with the certificate")]


def _config(before: Manifest, after: Manifest) -> list[Line]:
    return [line("kubelet", "Pods that mount it see the change within a minute; those that read it as environment, after a restart")]


TOLD = {
    "Deployment": _deployment, "StatefulSet": _deployment, "ReplicaSet": _deployment, "Pod": _pod, "Service": _service, "Namespace": _namespace,
    "ConfigMap": _config, "Secret": _config,
}  # fmt: skip

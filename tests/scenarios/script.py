"""Runs scenario scripts under the virtual clock and compares the trace of writes with the golden one.

    .venv/bin/python -m tests.scenarios.script [--write] [NAME ...]      run scripts; --write keeps the traces as golden

A script is scripts/NAME.yaml: `about`, `template`, `steps` (one verb each, see `Story`), and below them `trace`: one line for
each write of a control loop (who, verb, what, why) or the scheduler (whose reasons are its own tests' matter). Generated names
are shortened; reports of status, leases and events are left out, for they are many and tell the same.
"""

import argparse
import pathlib
import re
import sys
from typing import Any

import yaml

from cluster_engine.machinery.manifest import at
from cluster_engine.machinery.status import ApiError
from cluster_engine.simulation import Simulation

Manifest = dict[str, Any]
SCRIPTS = pathlib.Path(__file__).with_name("scripts")
SILENT = ("/registry/events/", "/registry/leases/", "/registry/masterleases/")
PEOPLE = ("kubectl", "kubeadm", "kubelet", "apiserver", "")
HASH = re.compile(r"\b[bcdfghjklmnpqrstvwxz2456789]{8,10}\b")
SUFFIX = re.compile(r"-[bcdfghjklmnpqrstvwxz2456789]{5}(?![\w-])")
UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
DIGEST = re.compile(r"\bcsi-[0-9a-f]{64}\b")


def shortened(text: str) -> str:
    """Text without what a seed chose."""
    return SUFFIX.sub("-*", HASH.sub("#", DIGEST.sub("csi-*", UID.sub("<uid>", text))))


class Story:
    """One run of a script. Each public method is a verb that steps may use."""

    def __init__(self, template: str) -> None:
        self.cluster = Simulation(template)
        self.cluster.run(5)
        self.began = self.cluster.store.durable_revision

    # -- verbs

    def apply(self, manifests: Any) -> None:
        self.cluster.apply(*(manifests if isinstance(manifests, list) else [manifests]))

    def patch(self, body: Manifest) -> None:
        """{object: resource/name, namespace, with: merge patch, subresource}"""
        resource, _, name = body["object"].partition("/")
        namespace, subresource = body.get("namespace", "default"), body.get("subresource", "")
        kind = "strategic" if body.get("strategic") else "merge"
        self.cluster.admin.patch(resource, namespace if self._namespaced(resource) else "", name, body["with"], type=kind, subresource=subresource)

    def scale(self, sizes: Manifest) -> None:
        """{resource/name: replicas}"""
        for target, replicas in sizes.items():
            self.patch({"object": target, "with": {"spec": {"replicas": replicas}}, "subresource": "scale"})

    def image(self, images: Manifest) -> None:
        """{resource/name: image} of the only container."""
        for target, image in images.items():
            resource, _, name = target.partition("/")
            container = self.cluster.get(resource, name)["spec"]["template"]["spec"]["containers"][0]
            self.patch({"object": target, "with": {"spec": {"template": {"spec": {"containers": [container | {"image": image}]}}}}})

    def delete(self, body: Any) -> None:
        """resource/name, or {object, propagation, grace, namespace}"""
        body = {"object": body} if isinstance(body, str) else body
        resource, _, name = body["object"].partition("/")
        namespace = body.get("namespace", "default") if self._namespaced(resource) else ""
        self.cluster.admin.delete(resource, namespace, name, propagation=body.get("propagation", ""), grace=body.get("grace"))

    def delete_pod(self, labels: str) -> None:
        """The first pod, in order of names, that has these labels."""
        found = sorted(self.cluster.objects("pods", "default", labels), key=lambda p: p["metadata"]["name"])
        self.cluster.admin.delete("pods", "default", found[0]["metadata"]["name"], grace=0)

    def finish_pod(self, body: Manifest) -> None:
        """{labels, phase, exit_code}: the first such pod that is not finished ends."""
        live = [p for p in self.cluster.objects("pods", "default", body["labels"]) if at(p, "status.phase") not in ("Succeeded", "Failed")]
        name = min(p["metadata"]["name"] for p in live)
        status: Manifest = {"phase": body["phase"]}
        if "exit_code" in body:
            ended = {"terminated": {"exitCode": body["exit_code"]}}
            status["containerStatuses"] = [{"name": "c", "image": "x", "imageID": "", "ready": False, "restartCount": 0, "state": ended}]
        self.cluster.admin.patch("pods", "default", name, {"status": status}, subresource="status")

    def run(self, seconds: float) -> None:
        self.cluster.run(seconds)

    def power_off(self, node: str) -> None:
        self.cluster.cluster.power(node, False)

    def power_on(self, node: str) -> None:
        self.cluster.cluster.power(node, True)

    def stop(self, component: str) -> None:
        self.cluster.cluster.turns.components[component].stop()
        self.cluster.cluster.turns.hold(component)

    def start(self, component: str) -> None:
        self.cluster.cluster.turns.release(component)

    def expect(self, wanted: Manifest) -> None:
        """{resource/name[@namespace]: {path: value}} or {resource: count} in namespace default."""
        for target, fields in wanted.items():
            resource, _, rest = target.partition("/")
            name, _, namespace = rest.partition("@")
            if not name:
                found = len(self.cluster.objects(resource, namespace or "default"))
                assert found == fields, f"{resource}: {found} objects, {fields} expected"
                continue
            manifest = self.cluster.get(resource, name, namespace or "default")
            for path, value in fields.items():
                assert at(manifest, path) == value, f"{target} {path}: {at(manifest, path)!r}, {value!r} expected"

    def told(self, reasons: list[str]) -> None:
        """Each of these event reasons has been recorded in namespace default."""
        found = {e["reason"] for e in self.cluster.objects("events", "default")}
        missing = [r for r in reasons if r not in found]
        assert not missing, f"no event {missing}; there are {sorted(found)}"

    # -- the trace

    def trace(self) -> list[str]:
        """Loop by loop: in which order two loops get their turns is nobody's promise."""
        lines = []
        for record in self.cluster.store.log_since(self.began + 1):
            cause = record.cause
            if cause.component.partition("/")[0] in PEOPLE or record.key.startswith(SILENT) or cause.verb == "update status":
                continue
            what = shortened(record.key.removeprefix("/registry/"))
            why = "" if cause.component == "kube-scheduler" else f" -- {shortened(cause.why)}"
            lines.append(f"{cause.component}: {cause.verb} {what}{why}")
        return sorted(lines, key=lambda line: line.partition(":")[0])

    def _namespaced(self, resource: str) -> bool:
        return bool(self.cluster.cluster.api.registry[resource].namespaced)


def play(script: Manifest) -> list[str]:
    """Run a script; raises AssertionError where it does not go as expected. Returns its trace."""
    story = Story(script.get("template", "hollow"))
    for number, step in enumerate(script["steps"], 1):
        ((verb, argument),) = step.items()
        try:
            getattr(story, verb)(argument)
        except (ApiError, AssertionError) as error:
            raise AssertionError(f"step {number}: {error}") from None
        story.cluster.settle_now()
    return story.trace()


def load(path: pathlib.Path) -> Manifest:
    return dict(yaml.safe_load(path.read_text()))


def keep(path: pathlib.Path, trace: list[str]) -> None:
    """Write the golden trace below the steps."""
    body = path.read_text().split("\ntrace:")[0].rstrip("\n")
    path.write_text(body + "\ntrace: |\n" + "".join(f"  {line}\n" for line in trace))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    failed = 0
    for path in sorted(SCRIPTS.glob("*.yaml")):
        if options.names and path.stem not in options.names:
            continue
        script = load(path)
        try:
            trace = play(script)
        except AssertionError as error:
            print(f"{path.stem}: {error}")
            failed += 1
            continue
        if options.write:
            keep(path, trace)
        elif trace != (script.get("trace") or "").splitlines():
            print(f"{path.stem}: the trace differs")
            failed += 1
    return failed


if __name__ == "__main__":
    sys.exit(main())

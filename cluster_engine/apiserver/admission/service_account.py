"""ServiceAccount: gives every pod an account, the volume with its token, and the account's pull secrets.

Models plugin/pkg/admission/serviceaccount/admission.go.
"""

from typing import Any

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import CREATE, UPDATE, Plugin, denied, object_of
from cluster_engine.kernel.chance import Chance
from cluster_engine.machinery.manifest import Manifest, at, changed

MIRROR = "kubernetes.io/config.mirror"
ENFORCE = "kubernetes.io/enforce-mountable-secrets"
VOLUME = "kube-api-access-"
MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN_SECONDS = 3607


def token_volume(name: str) -> Manifest:
    """The projected volume with a bound token, the cluster's root certificate and the namespace's name."""
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [namespace]}},
    ]
    return {"name": name, "projected": {"sources": sources, "defaultMode": 420}}


def is_mirror(pod: Manifest) -> bool:
    return MIRROR in (pod["metadata"].get("annotations") or {})


class ServiceAccount(Plugin):
    """Fills in pods on create; refuses what mirror pods and restricted accounts may not use."""

    name = "ServiceAccount"

    def __init__(self, objects: Lookup, chance: Chance) -> None:
        self._objects, self._chance = objects, chance

    def handles(self, request: AdmissionRequest) -> bool:
        if request.kind.name != "pods":
            return False
        ephemeral = request.operation == UPDATE and request.subresource == "ephemeralcontainers"
        return ephemeral or (request.operation == CREATE and not request.subresource)

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        pod = object_of(request)
        if request.operation == UPDATE or is_mirror(pod):
            return None
        name = pod["spec"].get("serviceAccountName") or "default"
        account = self._account(request, name)
        spec = {**pod["spec"], "serviceAccountName": name, "serviceAccount": name}
        if self._automounts(account, spec):
            self._mount(spec)
        if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
            spec["imagePullSecrets"] = [{"name": s["name"]} if s.get("name") else {} for s in account["imagePullSecrets"]]
        return changed(pod, "spec", spec)

    def validate(self, request: AdmissionRequest) -> None:
        pod = object_of(request)
        if is_mirror(pod):
            self._check_mirror(request, pod["spec"])
            return
        account = self._account(request, pod["spec"].get("serviceAccountName") or "default")
        if (at(account, "metadata.annotations") or {}).get(ENFORCE, "").lower() in ("true", "1", "t"):
            self._check_secrets(request, pod["spec"], account)

    def _account(self, request: AdmissionRequest, name: str) -> Manifest:
        account = self._objects.get("serviceaccounts", request.namespace, name)
        if account is None:
            raise denied(request, f'error looking up service account {request.namespace}/{name}: serviceaccount "{name}" not found')
        return account

    @staticmethod
    def _automounts(account: Manifest, spec: Manifest) -> bool:
        """The pod's own wish wins over its account's; without a wish the token is mounted."""
        wish = spec.get("automountServiceAccountToken")
        if wish is None:
            wish = account.get("automountServiceAccountToken")
        return wish is not False

    def _mount(self, spec: dict[str, Any]) -> None:
        existing = next((v["name"] for v in spec.get("volumes") or () if v["name"].startswith(VOLUME)), "")
        name = existing or VOLUME + self._chance.suffix()
        mount = {"name": name, "readOnly": True, "mountPath": MOUNT_PATH}
        needed = False
        for field in ("initContainers", "containers"):
            containers = spec.get(field) or []
            lacking = [not any(m.get("mountPath") == MOUNT_PATH for m in c.get("volumeMounts") or ()) for c in containers]
            if any(lacking):
                needed = True
                spec[field] = [
                    {**c, "volumeMounts": [*(c.get("volumeMounts") or ()), mount]} if lacks else c for c, lacks in zip(containers, lacking, strict=True)
                ]
        if needed and not existing:
            spec["volumes"] = [*(spec.get("volumes") or ()), token_volume(name)]

    @staticmethod
    def _check_mirror(request: AdmissionRequest, spec: Manifest) -> None:
        if spec.get("serviceAccountName"):
            raise denied(request, "a mirror pod may not reference service accounts")
        if any(name for name, _ in _secrets(spec)):
            raise denied(request, "a mirror pod may not reference secrets")
        for volume in spec.get("volumes") or ():
            if any("serviceAccountToken" in s for s in at(volume, "projected.sources") or ()):
                raise denied(request, "a mirror pod may not use ServiceAccountToken volume projections")

    @staticmethod
    def _check_secrets(request: AdmissionRequest, spec: Manifest, account: Manifest) -> None:
        name = account["metadata"]["name"]
        mountable = {s.get("name") for s in account.get("secrets") or ()}
        for secret, where in _secrets(spec):
            if secret not in mountable:
                raise denied(request, f'{where}="{secret}" is not allowed because service account {name} does not reference that secret')
        pullable = {s.get("name") for s in account.get("imagePullSecrets") or ()}
        for i, pull in enumerate(spec.get("imagePullSecrets") or ()):
            if pull.get("name") not in pullable:
                text = (
                    f'imagePullSecrets[{i}].name="{pull.get("name", "")}" is not allowed because service account {name} does not reference that imagePullSecret'
                )
                raise denied(request, text)


def _secrets(spec: Manifest) -> list[tuple[str, str]]:
    """Every secret that a pod mounts or reads into its environment, with where it says so."""
    found = [(v["secret"].get("secretName", ""), "volume with secret.secretName") for v in spec.get("volumes") or () if "secret" in v]
    for field, noun in (("initContainers", "init container"), ("containers", "container"), ("ephemeralContainers", "ephemeral container")):
        for container in spec.get(field) or ():
            for env in container.get("env") or ():
                if ref := at(env, "valueFrom.secretKeyRef"):
                    found.append((ref.get("name", ""), f"{noun} {container['name']} with envVar {env['name']} referencing secret.secretName"))
            for source in container.get("envFrom") or ():
                if ref := source.get("secretRef"):
                    found.append((ref.get("name", ""), f"{noun} {container['name']} with envFrom referencing secret.secretName"))
    return found

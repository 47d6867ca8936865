"""A small operator, as people write them with kopf: a Greeting becomes a ConfigMap, and says so in its status."""

import kopf
import kubernetes


@kopf.on.startup()
def configure(settings: kopf.OperatorSettings, **_: object) -> None:
    settings.posting.enabled = True


@kopf.on.create("greetings.example.com", "v1", "greetings")
def create(spec: kopf.Spec, name: str, namespace: str, **_: object) -> dict[str, str]:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{name}-text"}, "data": {"text": f"Hello, {spec.get('whom', 'world')}"}}
    kopf.adopt(manifest)
    kubernetes.config.load_kube_config()
    kubernetes.client.CoreV1Api().create_namespaced_config_map(namespace, manifest)
    return {"configMap": f"{name}-text"}


@kopf.on.update("greetings.example.com", "v1", "greetings", field="spec.whom")
def update(new: str, name: str, namespace: str, **_: object) -> None:
    kubernetes.config.load_kube_config()
    kubernetes.client.CoreV1Api().patch_namespaced_config_map(f"{name}-text", namespace, {"data": {"text": f"Hello, {new}"}})

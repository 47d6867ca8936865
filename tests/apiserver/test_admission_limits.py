"""How much may be used: LimitRange, ResourceQuota, runtime classes, growing claims."""

import pytest

from cluster_engine.apiserver.admission.limit_ranger import LimitRanger
from cluster_engine.apiserver.admission.persistent_volume_claim_resize import PersistentVolumeClaimResize
from cluster_engine.apiserver.admission.resource_quota import ResourceQuota
from cluster_engine.apiserver.admission.runtime_class import RuntimeClass
from cluster_engine.apiserver.attributes import AdmissionRequest, User
from cluster_engine.machinery.status import ApiError
from cluster_engine.resources.kind import Kind

PODS, CLAIMS, SECRETS = Kind("", "Pod", "pods"), Kind("", "PersistentVolumeClaim", "persistentvolumeclaims"), Kind("", "Secret", "secrets")


class Objects:
    def __init__(self, **found):
        self.found = found

    def get(self, resource, namespace, name):
        return next((o for o in self.all(resource) if o["metadata"]["name"] == name), None)

    def all(self, resource, namespace=""):
        return self.found.get(resource.partition(".")[0], [])


class Client:
    def __init__(self):
        self.updates = []

    def update(self, resource, manifest, *, subresource="", why=""):
        self.updates.append(manifest)


def ask(plugin, manifest, kind=PODS, operation="CREATE", old=None, dry_run=False):
    client = Client()
    name = manifest["metadata"]["name"]
    request = AdmissionRequest(operation, kind, "shop", name, "", User("jane"), {}, dry_run, 0.0, client, object=manifest, old=old)
    if plugin.handles(request):
        request.object = plugin.admit(request) or request.object
        plugin.validate(request)
    return request.object, client.updates


def refusal(*args, **options):
    with pytest.raises(ApiError) as caught:
        ask(*args, **options)
    return caught.value.message


def pod(*resources, **spec):
    containers = [{"name": chr(ord("c") + i), "resources": r} for i, r in enumerate(resources)]
    return {"metadata": {"name": "a"}, "spec": {"containers": containers, **spec}}


CPU = {"type": "Container", "default": {"cpu": "200m"}, "defaultRequest": {"cpu": "100m", "memory": "10Mi"}}
CPU |= {"max": {"cpu": "1"}, "min": {"cpu": "50m"}, "maxLimitRequestRatio": {"cpu": "4"}}
POD_CPU = {"type": "Pod", "max": {"cpu": "2"}}
STORAGE = {"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}, "max": {"storage": "5Gi"}}


def ranger():
    return LimitRanger(Objects(limitranges=[{"metadata": {"name": "l"}, "spec": {"limits": [CPU, POD_CPU, STORAGE]}}]))


def test_limit_range_fills_in_and_says_so():
    filled, _ = ask(ranger(), pod({}))
    assert filled["spec"]["containers"][0]["resources"] == {"requests": {"cpu": "100m", "memory": "10Mi"}, "limits": {"cpu": "200m"}}
    note = "LimitRanger plugin set: cpu, memory request for container c; cpu limit for container c"
    assert filled["metadata"]["annotations"] == {"kubernetes.io/limit-ranger": note}


def test_limit_range_refuses_with_every_reason():
    expected = 'pods "a" is forbidden: [maximum cpu usage per Container is 1, but limit is 3, maximum cpu usage per Pod is 2, but limit is 3]'
    assert refusal(ranger(), pod({"limits": {"cpu": "3"}, "requests": {"cpu": "3"}})) == expected
    expected = (
        'pods "a" is forbidden: [minimum cpu usage per Container is 50m, but request is 10m, '
        "cpu max limit to request ratio per Container is 4, but provided ratio is 20.000000]"
    )
    assert refusal(ranger(), pod({"requests": {"cpu": "10m"}})) == expected


def test_limit_range_bounds_claims():
    claim = {"metadata": {"name": "a"}, "spec": {"resources": {"requests": {"storage": "10Gi"}}}}
    expected = 'persistentvolumeclaims "a" is forbidden: maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 10Gi'
    assert refusal(ranger(), claim, CLAIMS) == expected


def quota(used, **spec):
    hard = {"pods": "1", "requests.cpu": "1", "count/secrets": "1"}
    return {"metadata": {"name": "q"}, "spec": spec, "status": {"hard": hard, "used": used}}


FREE = {"pods": "0", "requests.cpu": "0", "count/secrets": "0"}


def plugin(used, **spec):
    return ResourceQuota(Objects(resourcequotas=[quota(used, **spec)]))


def test_quota_needs_to_know_what_it_counts():
    assert refusal(plugin(FREE), pod({})) == 'pods "a" is forbidden: failed quota: q: must specify requests.cpu for: c'


def test_quota_refuses_what_exceeds_it():
    wants = pod({"requests": {"cpu": "600m"}})
    expected = 'pods "a" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=600m, used: pods=1,requests.cpu=500m, limited: pods=1,requests.cpu=1'
    assert refusal(plugin({**FREE, "pods": "1", "requests.cpu": "500m"}), wants) == expected
    expected = 'secrets "a" is forbidden: exceeded quota: q, requested: count/secrets=1, used: count/secrets=1, limited: count/secrets=1'
    assert refusal(plugin({**FREE, "count/secrets": "1"}), {"metadata": {"name": "a"}}, SECRETS) == expected


def test_quota_books_what_it_lets_in():
    _, updates = ask(plugin(FREE), pod({"requests": {"cpu": "500m"}}))
    assert updates[0]["status"]["used"] == {"pods": "1", "requests.cpu": "500m", "count/secrets": "0"}


def test_quota_books_nothing_for_a_dry_run():
    assert ask(plugin(FREE), pod({"requests": {"cpu": "500m"}}), dry_run=True)[1] == []


def test_scoped_quota_leaves_others_alone():
    assert ask(plugin({**FREE, "pods": "1"}, scopes=["Terminating"]), pod({"requests": {"cpu": "1m"}}))[1] == []
    assert "exceeded" in refusal(plugin({**FREE, "pods": "1"}, scopes=["Terminating"]), pod({"requests": {"cpu": "1m"}}, activeDeadlineSeconds=5))


def test_quota_without_usage_yet_refuses():
    assert "status unknown for quota: q" in refusal(plugin({}), pod({"requests": {"cpu": "1m"}}))


GVISOR = {"metadata": {"name": "g"}, "overhead": {"podFixed": {"cpu": "100m"}}, "scheduling": {"nodeSelector": {"os": "linux"}}}


def test_runtime_class_gives_overhead_and_node_selector():
    filled, _ = ask(RuntimeClass(Objects(runtimeclasses=[GVISOR])), pod({}, runtimeClassName="g"))
    assert filled["spec"]["overhead"] == {"cpu": "100m"}
    assert filled["spec"]["nodeSelector"] == {"os": "linux"}


def test_overhead_and_class_must_agree():
    assert refusal(RuntimeClass(Objects()), pod({}, runtimeClassName="x")) == 'pods "a" is forbidden: pod rejected: RuntimeClass "x" not found'
    assert "without corresponding RuntimeClass" in refusal(RuntimeClass(Objects()), pod({}, overhead={"cpu": "1"}))
    assert "doesn't match" in refusal(RuntimeClass(Objects(runtimeclasses=[GVISOR])), pod({}, runtimeClassName="g", overhead={"cpu": "1"}))


def claim(size):
    return {"metadata": {"name": "a"}, "spec": {"storageClassName": "s", "resources": {"requests": {"storage": size}}}, "status": {"phase": "Bound"}}


def test_claim_grows_only_where_its_class_can():
    fixed = PersistentVolumeClaimResize(Objects(storageclasses=[{"metadata": {"name": "s"}}]))
    assert "must support resize" in refusal(fixed, claim("2Gi"), CLAIMS, "UPDATE", claim("1Gi"))
    grows = PersistentVolumeClaimResize(Objects(storageclasses=[{"metadata": {"name": "s"}, "allowVolumeExpansion": True}]))
    ask(grows, claim("2Gi"), CLAIMS, "UPDATE", claim("1Gi"))

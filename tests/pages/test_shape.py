from typing import Any

from cluster_engine.machinery.schema import load
from explorer.pages.shape import Misfit, misfits


def found(**spec: Any) -> list[Misfit]:
    template = {"spec": {"containers": [{"name": "app", "image": "nginx"} | spec.pop("container", {})]}}
    manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": template} | spec}
    return misfits(manifest, load().kind("apps", "v1", "Deployment"))


def test_a_manifest_of_the_right_shape_has_no_misfit() -> None:
    assert found(replicas=3, container={"resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}) == []


def test_an_unknown_field_is_named_with_the_near_one_that_was_meant() -> None:
    (misfit,) = found(replica=3)
    assert (misfit.path, misfit.found, misfit.repair) == ("spec.replica", "replica", "replicas")


def test_a_quantity_with_a_wrong_unit_is_repaired() -> None:
    (misfit,) = found(container={"resources": {"requests": {"memory": "100Mb"}}})
    assert misfit.path == "spec.template.spec.containers[0].resources.requests.memory" and misfit.repair == "100Mi"


def test_every_misfit_is_told_at_once() -> None:
    paths = [m.path for m in found(replica=1, replicas="3", container={"image": 5, "prots": []})]
    assert paths == ["spec.template.spec.containers[0].image", "spec.template.spec.containers[0].prots", "spec.replica", "spec.replicas"]


def test_a_number_where_text_is_wanted_is_put_into_quotes() -> None:
    (misfit,) = found(container={"env": [{"name": "LEVEL", "value": 3}]})
    assert (misfit.found, misfit.repair) == ("3", '"3"')

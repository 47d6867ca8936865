import yaml

from explorer.pages.forms import written


def test_a_deployment_form_is_short_for_a_whole_manifest() -> None:
    text, errors = written("deployment", {"name": "web", "image": "nginx:1.27", "replicas": "2", "port": "80", "cpu": "100m", "namespace": "default"})
    manifest = yaml.safe_load(text)
    assert errors == {} and manifest["spec"]["selector"]["matchLabels"] == manifest["spec"]["template"]["metadata"]["labels"] == {"app": "web"}
    assert manifest["spec"]["template"]["spec"]["containers"][0]["resources"] == {"requests": {"cpu": "100m"}}


def test_what_is_wrong_is_said_beside_its_field() -> None:
    text, errors = written("deployment", {"name": "Not A Name", "image": "", "replicas": "many"})
    assert text == "" and set(errors) == {"name", "image", "replicas"}


def test_a_service_without_a_selector_takes_its_own_name() -> None:
    text, _ = written("service", {"name": "web", "port": "80", "type": "NodePort"})
    assert yaml.safe_load(text)["spec"]["selector"] == {"app": "web"} and yaml.safe_load(text)["spec"]["type"] == "NodePort"


def test_a_line_that_is_no_pair_is_refused() -> None:
    assert "data" in written("configmap", {"name": "c", "data": "A=1\nnonsense"})[1]

"""Decoding by the release's definitions. Where the recordings of a real control plane are there, all of them must come through unchanged."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from cluster_engine.machinery import json_text, schema
from cluster_engine.machinery.schema.decode import DecodeError, decode
from cluster_engine.machinery.schema.tree import Schema

PARITY = Path(__file__).resolve().parents[4] / "shared" / "parity"


def of(api_version: str, kind: str) -> Schema:
    group, _, version = api_version.rpartition("/")
    found = schema.load().kind(group, version, kind)
    assert found is not None
    return found


POD = of("v1", "Pod")
DEPLOYMENT = of("apps/v1", "Deployment")


def pod(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}


def test_structs_that_go_always_prints_appear() -> None:
    found = decode({"apiVersion": "apps/v1", "kind": "Deployment"}, DEPLOYMENT).manifest
    assert found["spec"] == {"selector": None, "strategy": {}, "template": {"metadata": {}, "spec": {"containers": None}}}
    assert found["status"] == {} and found["metadata"] == {}


def test_empty_values_go_and_pointers_to_zero_stay() -> None:
    found = decode(pod(hostNetwork=False, nodeName="", nodeSelector={}, priority=0, containers=[], shareProcessNamespace=False, volumes=None), POD).manifest
    assert found["spec"] == {"priority": 0, "containers": [], "shareProcessNamespace": False}


def test_unknown_fields_are_pruned_and_told_in_order() -> None:
    found = decode({**pod(colour="x", containers=[{"name": "c", "imagee": "i"}]), "extra": 1}, POD)
    assert found.strict == ('unknown field "spec.colour"', 'unknown field "spec.containers[0].imagee"', 'unknown field "extra"')
    assert found.manifest["spec"]["containers"] == [{"name": "c", "resources": {}}]


def test_case_matters() -> None:
    assert decode(pod(RestartPolicy="Never"), POD).strict == ('unknown field "spec.RestartPolicy"',)


def test_repeated_fields_are_told() -> None:
    raw = json_text.parse('{"metadata":{"name":"a","name":"b"},"spec":{"containers":[{"image":"i","image":"j"}]}}').value
    found = decode(raw, POD)
    assert found.strict == ('duplicate field "metadata.name"', 'duplicate field "spec.containers[0].image"')
    assert found.manifest["metadata"]["name"] == "b"


def test_quantities_and_times_take_their_printed_form() -> None:
    raw = pod(containers=[{"name": "c", "resources": {"limits": {"cpu": 0.5, "memory": "1024Mi"}}}])
    raw["metadata"]["creationTimestamp"] = "2026-01-01T01:00:00.5+01:00"
    found = decode(raw, POD).manifest
    assert found["spec"]["containers"][0]["resources"]["limits"] == {"cpu": "500m", "memory": "1Gi"}
    assert found["metadata"]["creationTimestamp"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (pod(hostNetwork="yes"), "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool"),
        (pod(containers={"a": 1}), "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container"),
        (
            pod(containers=[{"ports": [{"containerPort": 80.5}]}]),
            "number 80.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
        ),
        (
            pod(containers=[{"livenessProbe": {"tcpSocket": {"port": 1.5}}}]),
            "TCPSocketAction.spec.containers.livenessProbe.ProbeHandler.tcpSocket.port of type int32",
        ),
        ({"metadata": {"labels": {"a": 1}}}, "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string"),
        ({"metadata": {"creationTimestamp": "never"}}, 'parsing time "never" as "2006-01-02T15:04:05Z07:00": cannot parse "never" as "2006"'),
    ],
)
def test_wrong_types_are_refused_with_gos_sentence(raw: dict[str, Any], why: str) -> None:
    with pytest.raises(DecodeError) as refused:
        decode(raw, POD)
    assert str(refused.value).endswith(why)


def test_base64_is_checked() -> None:
    with pytest.raises(DecodeError, match="illegal base64 data at input byte 0"):
        decode({"data": {"a": "!!"}}, of("v1", "Secret"))


def test_the_result_shares_nothing_with_the_input() -> None:
    raw = pod(containers=[{"name": "c", "args": ["a"]}], nodeSelector={"a": "b"})
    found = decode(raw, POD).manifest
    found["spec"]["containers"][0]["args"].append("b")
    found["spec"]["nodeSelector"]["c"] = "d"
    assert raw == pod(containers=[{"name": "c", "args": ["a"]}], nodeSelector={"a": "b"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda i: (
        st.lists(i, max_size=3) | st.dictionaries(st.sampled_from(["metadata", "spec", "containers", "name", "labels", "ports", "status", "x"]), i, max_size=4)
    ),
    max_leaves=15,
)


@given(JSON.filter(lambda j: isinstance(j, dict)))
def test_anything_is_decoded_or_refused_and_decoding_again_changes_nothing(raw: dict[str, Any]) -> None:
    try:
        found = decode(raw, POD).manifest
    except DecodeError:
        return
    again = decode(found, POD)
    assert again.manifest == found and not again.strict


def recorded_objects() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted((PARITY / "recordings").rglob("*.json")):
        if file.parent.name == "crd":
            continue
        waiting = [json.loads(file.read_text())]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                if isinstance(value.get("apiVersion"), str) and isinstance(value.get("kind"), str) and isinstance(value.get("metadata"), dict):
                    yield file.stem, value
                waiting += value.values()
            elif isinstance(value, list):
                waiting += value


def cleaned(value: Any, time: str) -> Any:
    """A recorded object with times for marks, and without what was never compared."""
    if isinstance(value, dict):
        return {k: cleaned(v, "2026-01-01T00:00:00.000000Z" if k in MICRO else "2026-01-01T00:00:00Z") for k, v in value.items() if v != "<any>"}
    if isinstance(value, list):
        return [cleaned(v, time) for v in value]
    return value.replace("<time>", time) if isinstance(value, str) else value


MICRO = ("eventTime", "renewTime", "acquireTime", "lastObservedTime")
# Steps of the recordings leave these out of some answers.
LEFT_OUT = {"status", "audiences", "token", "name", "containers"}


@pytest.mark.skipif(not PARITY.exists(), reason="the recordings are not beside the project")
def test_what_a_real_server_printed_comes_through_unchanged() -> None:
    known, count = schema.load(), 0
    for file, recorded in recorded_objects():
        group, _, version = recorded["apiVersion"].rpartition("/")
        type_ = known.kind(group, version, recorded["kind"])
        if type_ is None or recorded["kind"] in ("Status",) or recorded["kind"].endswith("List"):
            continue
        wanted = cleaned(recorded, "")
        assert list(lost(wanted, decode(wanted, type_).manifest, "")) == [], file
        count += 1
    assert count > 500


def lost(wanted: Any, found: Any, path: str) -> Iterator[str]:
    """Where the two differ, but for always printed fields that the recording left out."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in wanted.keys() | found.keys():
            if key not in wanted and key in LEFT_OUT:
                continue
            yield from lost(wanted.get(key, "absent"), found.get(key, "absent"), f"{path}.{key}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for i, (a, b) in enumerate(zip(wanted, found, strict=True)):
            yield from lost(a, b, f"{path}[{i}]")
    elif wanted != found:
        yield f"{path}: {wanted!r} became {found!r}"


@pytest.mark.skipif(not PARITY.exists(), reason="the recordings are not beside the project")
def test_bad_bodies_are_refused_word_for_word() -> None:
    known, refused = schema.load(), 0
    for file in sorted((PARITY / "cases").rglob("*.yaml")):
        recording = PARITY / "recordings" / file.relative_to(PARITY / "cases").with_suffix(".json")
        for step, answer in zip(pyyaml.safe_load(file.read_text())["steps"], json.loads(recording.read_text()), strict=False):
            body, said = step.get("body"), answer.get("body")
            if not (isinstance(body, dict) and isinstance(said, dict) and step.get("do", "").startswith(("POST", "PUT"))):
                continue
            why = re.match(
                r"\w+ in version \S+ cannot be handled as a \w+: (json: cannot unmarshal.*|quantities must.*|illegal base64.*)", said.get("message") or ""
            )
            group, _, version = str(body.get("apiVersion", "")).rpartition("/")
            type_ = known.kind(group, version, str(body.get("kind", "")))
            if why is None or type_ is None:
                continue
            with pytest.raises(DecodeError) as error:
                decode(body, type_)
            assert str(error.value) == why[1], file.stem
            refused += 1
    assert refused > 50

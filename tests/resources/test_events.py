"""Events, in their old and new form."""

from tests.resources.samples import Manifest, faults, kind_of, row

OLD: Manifest = {
    "apiVersion": "v1",
    "kind": "Event",
    "metadata": {"name": "e", "namespace": "shop"},
    "involvedObject": {"kind": "Pod", "name": "p", "namespace": "shop"},
    "reason": "Started",
    "message": "Started container",
    "type": "Normal",
    "count": 3,
    "firstTimestamp": "2025-12-31T23:50:00Z",
    "lastTimestamp": "2025-12-31T23:59:00Z",
    "source": {"component": "kubelet", "host": "n1"},
}


def test_an_event_lies_beside_its_object() -> None:
    assert faults(dict(OLD)) == []
    away = {**OLD, "involvedObject": {"kind": "Pod", "name": "p", "namespace": "other"}}
    assert faults(away) == ['involvedObject.namespace: Invalid value: "other": does not match event.namespace']


def test_rows_say_what_happened_to_whom() -> None:
    cells = row(dict(OLD))
    assert [cells[c] for c in ("Last Seen", "Type", "Reason", "Object", "Message", "Source", "Count")] == [
        "60s", "Normal", "Started", "pod/p", "Started container", "kubelet, n1", 3,
    ]  # fmt: skip


def test_the_new_form_renames_fields_of_the_same_stored_object() -> None:
    conversion = kind_of({"apiVersion": "events.k8s.io/v1", "kind": "Event"}).conversions["v1"]
    new = conversion.from_storage(OLD)
    assert (new["apiVersion"], new["note"], new["deprecatedCount"], new["regarding"]["name"]) == ("events.k8s.io/v1", "Started container", 3, "p")
    assert conversion.to_storage(new) == OLD

"""The documents around the map: apply, objects, traces, forms, small screens, hostile names."""

import json

from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Opened, until
from tests.running import RunningServer

BAD = """apiVersion: apps/v1
kind: Deployment
metadata: {name: bad}
spec:
  replica: 2
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers:
        - name: app
          image: nginx
          resources:
            requests: {memory: 100Mb}
"""
HOSTILE = '<img src=x onerror="document.title=1">'


def write(page, text: str) -> None:  # type: ignore[no-untyped-def]
    until(page, "() => window.orrery?.editor")
    page.evaluate("text => { const ed = window.orrery.editor.editor; ed.dispatch({changes: {from: 0, to: ed.state.doc.length, insert: text}}) }", text)


def test_errors_stand_at_their_line_and_are_repaired_by_one_press(opened: Opened) -> None:
    page = opened("/clusters/demo/apply/")
    write(page, BAD)
    expect(page.locator("[data-count]")).to_have_text("2 errors")
    expect(page.locator(".er-room .path").first).to_have_text("spec.replica")
    page.locator(".er-room >> text=Change to replicas").click()
    expect(page.locator("[data-count]")).to_have_text("1 error")
    page.locator(".er-room >> text=Change to 100Mi").click()
    expect(page.locator("[data-count]")).to_have_text("No errors")


def test_broken_yaml_is_told_with_its_line(opened: Opened) -> None:
    page = opened("/clusters/demo/apply/")
    write(page, "a: [1\nb: 2\n")
    expect(page.locator("[data-summary]")).to_have_text("This is not YAML yet")
    expect(page.locator("[data-apply-all]")).to_be_disabled()


def test_a_form_writes_yaml_that_the_dry_run_accepts(opened: Opened) -> None:
    page = opened("/clusters/demo/apply/")
    write(page, "")
    page.click("[data-way=form]")
    page.fill("[data-form-body] input[name=name]", "shop")
    page.fill("[data-form-body] input[name=image]", "nginx:1.27")
    page.click("[data-build] .btn.pri")
    expect(page.locator("[data-objects] tr")).to_have_count(1)
    expect(page.locator("[data-summary]")).to_have_text("1 object: 1 new")


def test_a_table_follows_the_cluster_without_a_reload(opened: Opened, server: RunningServer) -> None:
    page = opened("/clusters/demo/objects/configmaps/?namespace=default")
    api = server.api()
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "appears"}}
    until(page, "() => window.orrery?.feed.socket?.readyState === 1")
    assert api.ask("POST", "/api/v1/namespaces/default/configmaps", manifest).status == 201
    expect(page.locator("#rows")).to_contain_text("appears")
    api.ask("DELETE", "/api/v1/namespaces/default/configmaps/appears")
    expect(page.locator("#rows")).not_to_contain_text("appears")


def test_an_object_is_edited_scaled_and_deleted_from_its_page(opened: Opened, server: RunningServer) -> None:
    api = server.api()
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "own"}},
        "template": {"metadata": {"labels": {"app": "own"}}, "spec": {"containers": [{"name": "a", "image": "nginx"}]}},
    }
    made = api.ask(
        "POST", "/apis/apps/v1/namespaces/default/deployments", {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "own"}, "spec": spec}
    )
    assert made.status == 201
    page = opened("/clusters/demo/objects/deployments.apps/default/own/")
    page.fill("input[name=replicas]", "2")
    page.click("text=Scale")
    expect(page.locator(".toasts")).to_contain_text("own now wants 2 pods")
    expect(page.locator(".right")).to_contain_text("ReplicaSet")
    page.click("text=Delete >> nth=0")
    page.click("dialog[open] .btn.danger")
    expect(page.locator(".toasts")).to_contain_text("is being deleted")


def test_a_trace_leads_from_the_request_to_the_status(opened: Opened, server: RunningServer) -> None:
    pods = server.api().get("/api/v1/namespaces/kube-system/pods").json["items"]
    name = next(p["metadata"]["name"] for p in pods if p["metadata"]["name"].startswith("coredns"))
    page = opened(f"/clusters/demo/trace/pods/kube-system/{name}")
    expect(page.locator("h1")).to_contain_text("How did pod coredns")
    assert page.locator(".steps li").count() >= 5
    assert {"Expand", "Place", "Run"} <= set(page.locator(".steps .phase").all_inner_texts())
    expect(page.locator(".steps svg g")).to_have_count(page.locator(".steps li").count())


def test_names_and_yaml_of_others_are_only_text(opened: Opened, server: RunningServer) -> None:
    api = server.api()
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "hostile", "labels": {}, "annotations": {"x": HOSTILE}},
        "data": {"page": HOSTILE},
    }
    api.ask("POST", "/api/v1/namespaces/default/configmaps", manifest)
    page = opened("/clusters/demo/objects/configmaps/default/hostile/")
    expect(page.locator(".yaml")).to_contain_text("onerror")
    page.goto(server.page + "/clusters/demo/")
    until(page, "() => window.orrery?.map?.plan")
    write_page = opened("/clusters/demo/apply/")
    write(write_page, f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: '{HOSTILE}'\n")
    expect(write_page.locator("[data-count]")).to_have_text("1 error")
    assert "1" not in (page.title(), write_page.title())
    assert write_page.locator("img").count() == 0


def test_a_small_screen_shows_the_rooms_as_a_list(server: RunningServer, signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(server.page + "/clusters/demo/")
    expect(page.locator("[role=treeitem].node").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()


def test_the_first_visit_explains_the_parts(server: RunningServer, signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    page.goto(server.page + "/clusters/demo/?tour=1")
    tour = page.locator("#tour")
    expect(tour).to_be_visible()
    page.click("#tour [data-next]")
    expect(tour.locator("h2:visible")).to_have_text("One door")
    page.keyboard.press("Escape")
    expect(tour).to_be_hidden()
    page.close()


def test_scripts_before_a_diagram_stay_under_300_kilobytes(server: RunningServer, signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())) if answer.url.endswith(".js") else None)
    page.goto(server.page + "/")
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) <= 300 * 1024, json.dumps(sizes)
    page.close()

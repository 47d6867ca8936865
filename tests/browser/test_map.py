"""The live map in a real browser, over the real feed."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Opened, until
from tests.running import RunningServer


def wait_for_pods(page: Page, prefix: str, count: int, sign: str = "ready") -> None:
    """Until `count` pods of that name carry the sign on the drawing."""
    until(
        page,
        "([prefix, count, sign]) => window.orrery?.map?.scene.of('pod').filter(p => p.name.startsWith(prefix) && p.sign === sign && p.node).length === count",
        [prefix, count, sign],
        40,
    )


def test_the_map_shows_the_cluster_that_is_there(opened: Opened) -> None:
    page = opened("/clusters/demo/")
    until(page, "() => window.orrery?.map?.scene.nodes().length === 3")
    assert page.evaluate("window.orrery?.map.plan.level") == "pod"
    names = page.evaluate("window.orrery?.map.scene.nodes().map(n => n.name)")
    assert names == ["master-1", "worker-1", "worker-2"]


def test_the_guestbook_goes_from_the_form_to_ready_pods_on_the_map(opened: Opened) -> None:
    watching = opened("/clusters/demo/")
    until(watching, "() => window.orrery?.map?.scene.nodes().length === 3")
    writing = opened("/clusters/demo/apply/?sample=guestbook")
    apply = writing.locator("[data-apply-all]")
    expect(apply).to_have_text("Apply all 6")
    apply.click()
    expect(writing.locator("[data-written]")).to_contain_text("6 objects applied")
    watching.bring_to_front()
    wait_for_pods(watching, "frontend", 3)
    wait_for_pods(watching, "redis", 3)
    assert watching.evaluate("window.orrery?.map.motion.seenSignals") > 50
    assert (
        watching.evaluate("[...window.orrery?.map.scene.items.values()].find(i => i.kind === 'service' && i.name === 'frontend').words") == "3 of 3 endpoints"
    )


def test_a_deleted_pod_leaves_the_map_and_another_comes(opened: Opened, server: RunningServer) -> None:
    page = opened("/clusters/demo/")
    wait_for_pods(page, "frontend", 3)
    gone = page.evaluate("window.orrery?.map.scene.of('pod').find(p => p.name.startsWith('frontend')).name")
    api = server.api()
    assert api.ask("DELETE", f"/api/v1/namespaces/default/pods/{gone}?gracePeriodSeconds=0").status == 200
    until(page, "name => !window.orrery?.map.scene.of('pod').some(p => p.name === name)", gone)
    wait_for_pods(page, "frontend", 3)


def test_choosing_a_service_rings_exactly_its_pods_and_opens_the_inspector(opened: Opened) -> None:
    page = opened("/clusters/demo/")
    wait_for_pods(page, "frontend", 3)
    page.evaluate("window.orrery?.map.choose([...window.orrery?.map.scene.items.values()].find(i => i.kind === 'service' && i.name === 'frontend').id)")
    assert page.evaluate("[...window.orrery?.map.reach].map(id => window.orrery?.map.scene.get(id).app)") == ["frontend"] * 3
    expect(page.locator("#inspector h1")).to_have_text("frontend")
    expect(page.locator("#inspector")).to_contain_text("receives traffic")


def test_every_part_has_an_inspector_with_what_it_does_now(opened: Opened) -> None:
    page = opened("/clusters/demo/")
    until(page, "() => window.orrery?.map?.scene.nodes().length === 3")
    titles = {"scheduler": "Scheduler", "controller-manager": "Controller manager", "etcd": "etcd", "apiserver": "API server",
              "kubelet/worker-1": "kubelet", "runtime/worker-1": "Container runtime", "proxy/worker-1": "kube-proxy", "user": "kubectl and forms"}  # fmt: skip
    for part, title in titles.items():
        page.evaluate("part => window.orrery?.map.choose(part)", part)
        expect(page.locator("#inspector h1")).to_have_text(title)


def test_the_clock_stops_steps_and_runs_on_by_keys(opened: Opened) -> None:
    page = opened("/clusters/demo/")
    until(page, "() => window.orrery?.clock?.known")
    page.keyboard.press("Space")
    expect(page.locator("[data-clock-state]")).to_have_text("Paused")
    before = page.evaluate("window.orrery?.clock.now()")
    page.wait_for_timeout(300)
    assert page.evaluate("window.orrery?.clock.now()") == before
    page.keyboard.press(".")
    until(page, "before => window.orrery?.clock.now() >= before", before)
    page.keyboard.press("Space")
    expect(page.locator("[data-clock-state]")).to_have_text("Live")


def test_travelling_back_shows_an_older_revision_and_end_comes_back(opened: Opened) -> None:
    page = opened("/clusters/demo/")
    wait_for_pods(page, "frontend", 3)
    timeline = page.locator(".tl canvas")
    timeline.focus()
    for _ in range(3):
        timeline.press("ArrowLeft")
    until(page, "() => document.querySelector('.app').classList.contains('past')")
    expect(page.locator("[data-clock-state]")).to_contain_text("read-only")
    timeline.press("End")
    until(page, "() => !document.querySelector('.app').classList.contains('past')")


def test_the_tree_says_in_words_what_the_drawing_shows(opened: Opened) -> None:
    page = opened("/clusters/demo/")
    wait_for_pods(page, "frontend", 3)
    labels = "[...document.querySelectorAll('[role=treeitem]')].map(row => row.getAttribute('aria-label'))"
    until(page, f"() => {labels}.filter(label => /^frontend .* ready$/.test(label)).length === 3")
    assert any(label.startswith("worker-1") for label in page.evaluate(labels))


def test_a_visitor_without_an_account_is_told_nothing(server: RunningServer, browser) -> None:  # type: ignore[no-untyped-def]
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.page}/clusters/demo/")
    assert "/login/" in page.url
    code = page.evaluate(
        "address => new Promise(done => { const s = new WebSocket(address); s.onclose = e => done(e.code) })",
        f"ws://localhost:{server.http_port}/clusters/demo/diagram",
    )
    assert code == 4403
    context.close()


def test_pointing_at_a_deployment_rings_exactly_its_own_pods(opened: Opened) -> None:
    page = opened("/clusters/demo/")
    wait_for_pods(page, "frontend", 3)
    link = page.locator("#inspector [data-choose]", has_text="frontend").first
    link.hover()
    until(page, "() => [...(window.orrery.map.reach ?? [])].length === 3")
    assert page.evaluate("[...window.orrery.map.reach].map(id => window.orrery.map.scene.get(id).app)") == ["frontend"] * 3


def test_nothing_travels_for_those_who_want_it_still(server: RunningServer, signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{server.page}/clusters/demo/")
    until(page, "() => window.orrery?.map?.scene.nodes().length === 3")
    server.api().ask("POST", "/api/v1/namespaces/default/configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "still"}})
    until(page, "() => window.orrery.map.motion.seenSignals > 0")
    assert page.evaluate("window.orrery.map.motion.gliding.length") == 0 and not page.evaluate("window.orrery.map.turning")
    page.close()

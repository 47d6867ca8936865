"""Where pods go, and what is said when they go nowhere."""

from cluster_engine.scheduler.explain import summary
from cluster_engine.scheduler.framework import Code
from cluster_engine.scheduler.pod_info import PodInfo, pod_requests
from cluster_engine.scheduler.preemption import preempt
from tests.scheduler.world import chosen, cycle, node, pod, reasons, snapshot


def test_refuses_a_node_without_room_and_says_what_is_short() -> None:
    state = snapshot([node("a", cpu="1")], [pod("old", cpu="800m", node_name="a")])
    assert reasons(pod("new", cpu="500m"), state) == {"a": ("Insufficient cpu",)}


def test_calls_a_request_beyond_any_capacity_unresolvable() -> None:
    verdicts = cycle().decide(PodInfo(pod("big", cpu="64")), snapshot([node("a")]))[0]
    assert verdicts.failed["a"].code is Code.UNRESOLVABLE


def test_prefers_the_emptier_node() -> None:
    state = snapshot([node("a"), node("b")], [pod("old", cpu="2", memory="4Gi", node_name="a")])
    assert chosen(pod("new", cpu="100m", memory="100Mi"), state) == "b"


def test_keeps_off_tainted_nodes_unless_the_pod_tolerates_them() -> None:
    tainted = node("a", taints=[{"key": "dedicated", "value": "db", "effect": "NoSchedule"}])
    assert reasons(pod("web"), snapshot([tainted])) == {"a": ("node(s) had untolerated taint(s)",)}
    bears = [{"key": "dedicated", "operator": "Equal", "value": "db", "effect": "NoSchedule"}]
    assert chosen(pod("db", tolerations=bears), snapshot([tainted])) == "a"


def test_keeps_off_cordoned_nodes() -> None:
    assert reasons(pod("web"), snapshot([node("a", unschedulable=True)])) == {"a": ("node(s) were unschedulable",)}


def test_follows_the_node_selector() -> None:
    state = snapshot([node("a", labels={"disk": "hdd"}), node("b", labels={"disk": "ssd"})])
    assert chosen(pod("web", nodeSelector={"disk": "ssd"}), state) == "b"


def test_a_pod_pinned_by_name_looks_at_that_node_alone() -> None:
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["b"]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}
    assert chosen(pod("daemon", affinity=affinity), snapshot([node("a"), node("b"), node("c")])) == "b"


def test_two_pods_cannot_have_one_host_port() -> None:
    ports = [{"name": "c", "image": "i", "ports": [{"containerPort": 80, "hostPort": 80}]}]
    old = pod("old", node_name="a") | {}
    old["spec"]["containers"] = ports
    new = pod("new")
    new["spec"]["containers"] = ports
    assert reasons(new, snapshot([node("a")], [old])) == {"a": ("node(s) didn't have free ports for the requested pod ports",)}


def test_keeps_the_skew_between_zones() -> None:
    nodes = [node("a", labels={"zone": "1"}), node("b", labels={"zone": "2"})]
    constraint = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": {"app": "web"}}}
    state = snapshot(nodes, [pod("old", labels={"app": "web"}, node_name="a")])
    new = pod("new", labels={"app": "web"}, topologySpreadConstraints=[constraint])
    assert chosen(new, state) == "b"
    assert reasons(new, state)["a"] == ("node(s) didn't match pod topology spread constraints",)


def test_keeps_pods_apart_that_do_not_bear_each_other() -> None:
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "db"}}}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    state = snapshot([node("a")], [pod("one", labels={"app": "db"}, node_name="a")])
    assert reasons(pod("two", labels={"app": "db"}, affinity=affinity), state) == {"a": ("node(s) didn't match pod anti-affinity rules",)}


def test_the_pod_that_runs_may_refuse_the_newcomer() -> None:
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    state = snapshot([node("a")], [pod("one", affinity=affinity, node_name="a")])
    assert reasons(pod("two", labels={"app": "web"}), state) == {"a": ("node(s) didn't satisfy existing pods anti-affinity rules",)}


def test_the_first_pod_of_a_group_may_go_anywhere() -> None:
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}
    affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    assert chosen(pod("one", labels={"app": "web"}, affinity=affinity), snapshot([node("a")])) == "a"


def test_sums_up_refusals_as_upstream_words_them() -> None:
    state = snapshot([node("a", cpu="100m"), node("b", unschedulable=True), node("c", unschedulable=True)])
    verdicts = cycle().decide(PodInfo(pod("web", cpu="1")), state)[0]
    assert summary(3, verdicts.failed.values()) == "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable."


def test_counts_an_init_container_by_its_peak_and_a_sidecar_always() -> None:
    spec = {
        "containers": [{"resources": {"requests": {"cpu": "100m"}}}],
        "initContainers": [
            {"restartPolicy": "Always", "resources": {"requests": {"cpu": "50m"}}},
            {"resources": {"requests": {"cpu": "300m"}}},
        ],
    }
    assert pod_requests(spec) == {"cpu": 350}


def test_preempts_the_fewest_and_the_least_important() -> None:
    state = snapshot(
        [node("a", cpu="2"), node("b", cpu="2")],
        [pod("a1", cpu="1", node_name="a", priority=5), pod("a2", cpu="1", node_name="a", priority=5), pod("b1", cpu="2", node_name="b", priority=1)],
    )
    made = cycle()
    high = PodInfo(pod("high", cpu="1", priority=100))
    verdicts, cycle_state = made.decide(high, state)
    outcome = preempt(made, cycle_state, high, state, verdicts, [])
    assert outcome.candidate is not None
    assert (outcome.candidate.node, [v.name for v in outcome.candidate.victims]) == ("b", ["b1"])


def test_never_preempts_for_a_pod_that_forbids_it() -> None:
    state = snapshot([node("a", cpu="1")], [pod("low", cpu="1", node_name="a")])
    made = cycle()
    high = PodInfo(pod("high", cpu="1", priority=100, preemptionPolicy="Never"))
    verdicts, cycle_state = made.decide(high, state)
    outcome = preempt(made, cycle_state, high, state, verdicts, [])
    assert outcome.candidate is None
    assert outcome.message == "not eligible due to preemptionPolicy=Never."


def test_an_answer_is_kept_only_until_the_node_changes() -> None:
    state = snapshot([node("a", cpu="1")])
    made = cycle()
    first = PodInfo(pod("one", cpu="800m"))
    assert made.decide(first, state)[0].chosen == "a"
    state.assume(first, "a")
    assert made.decide(PodInfo(pod("two", cpu="800m")), state)[0].chosen == ""

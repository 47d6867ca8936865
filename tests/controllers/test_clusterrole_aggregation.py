"""Roles that gather the rules of other roles."""

from cluster_engine.controllers.clusterrole_aggregation import gathered

PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
NODES = {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}
RULE = {"clusterRoleSelectors": [{"matchLabels": {"to": "sum"}}]}


def role(name, *rules, to="sum"):
    return {"metadata": {"name": name, "labels": {"to": to}}, "rules": list(rules) or None}


def test_rules_of_selected_roles_come_in_order_of_names_without_repetition():
    rules, parts = gathered("sum", RULE, [role("b", NODES, PODS), role("a", PODS), role("c", NODES, to="other")])
    assert rules == [PODS, NODES]
    assert parts == ["a", "b"]


def test_role_does_not_gather_itself():
    assert gathered("sum", RULE, [role("sum", PODS)]) == ([], [])


def test_two_selectors_gather_in_their_order():
    rule = {"clusterRoleSelectors": [{"matchLabels": {"to": "second"}}, {"matchLabels": {"to": "sum"}}]}
    assert gathered("sum", rule, [role("a", PODS), role("b", NODES, to="second")])[0] == [NODES, PODS]

"""The status of admission policies."""

from cluster_engine.controllers.validatingadmissionpolicy_status import CONTROLLER
from cluster_engine.reconcile.actions import Patch
from tests.controllers.view import decide, of_type


def policy(**status):
    return {"metadata": {"name": "p", "generation": 2}, "spec": {}, "status": status}


def test_a_new_generation_is_said_to_be_checked_once():
    (patch,) = of_type(decide(CONTROLLER, policy(observedGeneration=1, typeChecking={})), Patch)
    assert (patch.subresource, patch.patch["status"]) == ("status", {"observedGeneration": 2, "typeChecking": {}})
    assert decide(CONTROLLER, policy(observedGeneration=2, typeChecking={})) == []

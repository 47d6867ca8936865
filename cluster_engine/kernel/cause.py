"""Why a revision exists: who wrote it, with which verb, because of what, in one sentence for a learner."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """The cause that is stored beside every revision.

    `component`: the name of the part that acted ("kube-scheduler", "deployment-controller", "kubectl", "kubelet/worker-1").
    `user`: the authenticated user name. `verb`: the API verb with its subresource ("create", "update status", "create binding").
    `why`: one sentence in the present tense ("2 of 3 pods exist"). `revisions`: what it acted on, newest last.
    `request`: the id of the API request, which joins a revision to the request's trace.
    """

    component: str = ""
    user: str = ""
    verb: str = ""
    why: str = ""
    revisions: tuple[int, ...] = ()
    request: str = ""


NO_CAUSE = Cause()

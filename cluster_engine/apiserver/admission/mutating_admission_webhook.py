"""MutatingAdmissionWebhook: lets webhooks outside change what is written, one after another.

Models k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest, Authorizer
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.mutated import completed
from cluster_engine.apiserver.plugin import Plugin
from cluster_engine.apiserver.policy_cel import as_version
from cluster_engine.apiserver.reinvocation import Reinvocations
from cluster_engine.apiserver.webhook_call import Answer, Connector, refusal
from cluster_engine.apiserver.webhook_hooks import Webhooks
from cluster_engine.kernel.chance import Chance
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.patch import json_patch
from cluster_engine.machinery.status import ApiError, internal


class MutatingAdmissionWebhook(Plugin):
    """Applies each webhook's patch before it asks the next."""

    name = "MutatingAdmissionWebhook"

    def __init__(self, objects: Lookup, authorizer: Authorizer, connector: Connector, chance: Chance) -> None:
        self._hooks = Webhooks(objects, "mutatingwebhookconfigurations", authorizer, connector, chance)

    def handles(self, request: AdmissionRequest) -> bool:
        return self._hooks.any(request)

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        memory = Reinvocations.of(request, self.name)
        start = request.object
        for who, hook, version in self._hooks.meetings(request):
            if memory.skips(request, who):
                continue
            answer = self._hooks.ask(hook, request, version)
            if answer is None:
                continue
            if not answer.allowed:
                raise refusal(hook["name"], answer.status)
            changed = _patched(answer, request, version)
            differs = changed is not None and changed != request.object
            if differs:
                request.object = changed
            memory.invoked(request, who, hook.get("reinvocationPolicy") == "IfNeeded", differs)
        memory.left = request.object
        return request.object if request.object is not start else None


def _patched(answer: Answer, request: AdmissionRequest, version: str) -> Manifest | None:
    """The object with the webhook's patch, as it is stored. Raises ApiError."""
    if not answer.patch or request.object is None:
        return None
    try:
        patched = json_patch.apply(as_version(request.object, request, version), answer.patch)
    except (ApiError, TypeError, AttributeError) as error:
        raise internal(str(error)) from error
    if not isinstance(patched, dict):
        raise internal("the webhook's patch leaves no object")
    return completed(request, patched, version)

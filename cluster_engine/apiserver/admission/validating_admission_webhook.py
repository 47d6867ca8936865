"""ValidatingAdmissionWebhook: asks webhooks outside whether a write may stand.

Models k8s.io/apiserver/pkg/admission/plugin/webhook/validating/dispatcher.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest, Authorizer
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import Plugin
from cluster_engine.apiserver.webhook_call import Connector, refusal
from cluster_engine.apiserver.webhook_hooks import Webhooks
from cluster_engine.kernel.chance import Chance
from cluster_engine.machinery.status import ApiError


class ValidatingAdmissionWebhook(Plugin):
    """Asks all of them, and refuses with the first refusal."""

    name = "ValidatingAdmissionWebhook"

    def __init__(self, objects: Lookup, authorizer: Authorizer, connector: Connector, chance: Chance) -> None:
        self._hooks = Webhooks(objects, "validatingwebhookconfigurations", authorizer, connector, chance)

    def handles(self, request: AdmissionRequest) -> bool:
        return self._hooks.any(request)

    def validate(self, request: AdmissionRequest) -> None:
        refused: ApiError | None = None
        for _, hook, version in self._hooks.meetings(request):
            try:
                answer = self._hooks.ask(hook, request, version)
                if answer is not None and not answer.allowed:
                    raise refusal(hook["name"], answer.status)
            except ApiError as error:
                refused = refused or error
        if refused is not None:
            raise refused

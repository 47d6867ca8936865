"""Which webhooks a request meets, and one call with its failure policy: what both webhook plugins go through.

Models k8s.io/apiserver/pkg/admission/plugin/webhook/generic/webhook.go.
"""

from collections.abc import Iterator
from functools import lru_cache

from cluster_engine.apiserver.attributes import AdmissionRequest, Authorizer
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import denied
from cluster_engine.apiserver.policy_cel import Asker, asking, compiled_conditions, conditions_hold, view_of
from cluster_engine.apiserver.policy_match import is_exempt, namespace_of, selected, version_for
from cluster_engine.apiserver.webhook_call import Answer, Connector, Unreachable, Unusable, ask
from cluster_engine.kernel.chance import Chance
from cluster_engine.machinery.cel.environment import EvaluationError, Program
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import internal

GROUP = "admissionregistration.k8s.io"


@lru_cache(maxsize=512)
def _compiled(expressions: tuple[str, ...]) -> tuple[Program, ...]:
    return compiled_conditions([{"expression": e} for e in expressions], False)


class Webhooks:
    """The stored webhooks of one kind. `chance` names the reviews."""

    def __init__(self, objects: Lookup, plural: str, authorizer: Authorizer, connector: Connector, chance: Chance) -> None:
        self._objects, self._resource = objects, f"{plural}.{GROUP}"
        self._authorizer, self._connector, self._chance = authorizer, connector, chance

    def any(self, request: AdmissionRequest) -> bool:
        kind = self._objects.registry.get(self._resource)
        return kind is not None and bool(self._objects.store.count(kind.prefix(""))) and not is_exempt(request)

    def meetings(self, request: AdmissionRequest) -> Iterator[tuple[str, Manifest, str]]:
        """Each webhook that is about the request: an id of its own, the webhook, the version in which it wants the object.

        Raises ApiError when the namespace is gone or a condition fails.
        """
        for configuration in self._objects.all(self._resource):
            for hook in configuration.get("webhooks") or ():
                version = version_for(hook.get("rules"), request, hook.get("matchPolicy", "Equivalent"))
                if version and selected(hook, request, self._objects) and self._wanted(hook, request, version):
                    yield f"{configuration['metadata']['name']}/{hook['name']}", hook, version

    def _wanted(self, hook: Manifest, request: AdmissionRequest, version: str) -> bool:
        if not hook.get("matchConditions"):
            return True
        conditions = _compiled(tuple(c["expression"] for c in hook["matchConditions"]))
        try:
            with asking(Asker(self._authorizer, request.user)):
                return conditions_hold(conditions, view_of(request, version, namespace_of(request, self._objects)))
        except EvaluationError as error:
            if hook.get("failurePolicy") == "Ignore":
                return False
            raise denied(request, str(error)) from error

    def ask(self, hook: Manifest, request: AdmissionRequest, version: str) -> Answer | None:
        """The webhook's answer; None when it gave none and may. Raises ApiError when it had to."""
        try:
            answer = ask(hook, request, version, self._chance.uid(), self._connector, self._objects)
        except (Unreachable, Unusable) as error:
            if hook.get("failurePolicy") == "Ignore":
                request.annotations[f"failed-open.webhook.admission.k8s.io/{hook['name']}"] = hook["name"]
                return None
            raise internal(f'failed calling webhook "{hook["name"]}": {error}') from error
        request.warnings.extend(answer.warnings)
        request.annotations.update({f"{hook['name']}/{key}": value for key, value in answer.annotations.items()})
        return answer

"""MutatingWebhookConfiguration: programs that may change what is written.

Models pkg/registry/admissionregistration/mutatingwebhookconfiguration/strategy.go.
"""

from cluster_engine.resources.admissionregistration.webhooks import COLUMNS, default_webhooks, row, validate_webhooks
from cluster_engine.resources.kind import Kind, Manifest


def default(configuration: Manifest) -> None:
    default_webhooks(configuration)
    for hook in configuration.get("webhooks") or ():
        if hook.get("reinvocationPolicy") is None:
            hook["reinvocationPolicy"] = "Never"


KIND = Kind(
    group="admissionregistration.k8s.io",
    kind="MutatingWebhookConfiguration",
    plural="mutatingwebhookconfigurations",
    namespaced=False,
    categories=("api-extensions",),
    has_generation=True,
    allow_unconditional_update=False,
    default=default,
    validate=validate_webhooks,
    columns=COLUMNS,
    row=row,
)

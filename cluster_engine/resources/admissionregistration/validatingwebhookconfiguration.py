"""ValidatingWebhookConfiguration: programs that are asked whether a write may stand.

Models pkg/registry/admissionregistration/validatingwebhookconfiguration/strategy.go.
"""

from cluster_engine.resources.admissionregistration.webhooks import COLUMNS, default_webhooks, row, validate_webhooks
from cluster_engine.resources.kind import Kind

KIND = Kind(
    group="admissionregistration.k8s.io",
    kind="ValidatingWebhookConfiguration",
    plural="validatingwebhookconfigurations",
    namespaced=False,
    categories=("api-extensions",),
    has_generation=True,
    allow_unconditional_update=False,
    default=default_webhooks,
    validate=validate_webhooks,
    columns=COLUMNS,
    row=row,
)

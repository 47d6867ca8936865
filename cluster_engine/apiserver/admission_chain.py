"""The plugins of a default API server in upstream's order, and how a write runs through them.

Models pkg/kubeapiserver/options/plugins.go and staging/src/k8s.io/apiserver/pkg/admission/{chain,reinvocation}.go.
"""

from collections.abc import Callable, Sequence
from typing import Any

from cluster_engine.apiserver.admission.certificate_approval import CertificateApproval
from cluster_engine.apiserver.admission.certificate_signing import CertificateSigning
from cluster_engine.apiserver.admission.certificate_subject_restriction import CertificateSubjectRestriction
from cluster_engine.apiserver.admission.cluster_trust_bundle_attest import ClusterTrustBundleAttest
from cluster_engine.apiserver.admission.default_ingress_class import DefaultIngressClass
from cluster_engine.apiserver.admission.default_storage_class import DefaultStorageClass
from cluster_engine.apiserver.admission.default_toleration_seconds import DefaultTolerationSeconds
from cluster_engine.apiserver.admission.limit_ranger import LimitRanger
from cluster_engine.apiserver.admission.mutating_admission_policy import MutatingAdmissionPolicy
from cluster_engine.apiserver.admission.mutating_admission_webhook import MutatingAdmissionWebhook
from cluster_engine.apiserver.admission.namespace_lifecycle import NamespaceLifecycle
from cluster_engine.apiserver.admission.node_restriction import NodeRestriction
from cluster_engine.apiserver.admission.persistent_volume_claim_resize import PersistentVolumeClaimResize
from cluster_engine.apiserver.admission.pod_security import PodSecurity
from cluster_engine.apiserver.admission.pod_topology_labels import PodTopologyLabels
from cluster_engine.apiserver.admission.priority import Priority
from cluster_engine.apiserver.admission.rbac_escalation import RbacEscalation, Rules
from cluster_engine.apiserver.admission.resource_quota import ResourceQuota
from cluster_engine.apiserver.admission.runtime_class import RuntimeClass
from cluster_engine.apiserver.admission.service_account import ServiceAccount
from cluster_engine.apiserver.admission.storage_object_in_use_protection import StorageObjectInUseProtection
from cluster_engine.apiserver.admission.taint_nodes_by_condition import TaintNodesByCondition
from cluster_engine.apiserver.admission.validating_admission_policy import ValidatingAdmissionPolicy
from cluster_engine.apiserver.admission.validating_admission_webhook import ValidatingAdmissionWebhook
from cluster_engine.apiserver.attributes import AdmissionPlugin, AdmissionRequest, Authorizer
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import REINVOKE
from cluster_engine.apiserver.webhook_call import Closed, Connector
from cluster_engine.kernel.chance import Chance


def default_plugins(
    objects: Lookup, chance: Chance, authorizer: Authorizer | None = None, rules: Rules | None = None, connector: Connector | None = None
) -> tuple[AdmissionPlugin, ...]:
    """What kube-apiserver v1.36 runs as kubeadm starts it. Those that ask for rights need the `authorizer` and RBAC's `rules`.

    `connector` carries webhooks' reviews; without one no webhook is reached.
    """
    rights = _rights(authorizer, rules) if authorizer is not None else ()
    dynamic = _dynamic(objects, authorizer, connector or Closed(), chance.fork("webhook-reviews")) if authorizer is not None else ()
    return (
        NamespaceLifecycle(objects),
        LimitRanger(objects),
        ServiceAccount(objects, chance.fork("service-account-volumes")),
        NodeRestriction(objects),
        TaintNodesByCondition(),
        PodSecurity(objects),
        Priority(objects),
        DefaultTolerationSeconds(),
        DefaultStorageClass(objects),
        StorageObjectInUseProtection(),
        PersistentVolumeClaimResize(objects),
        RuntimeClass(objects),
        *rights,
        CertificateSubjectRestriction(),
        DefaultIngressClass(objects),
        PodTopologyLabels(objects),
        *dynamic,
        ResourceQuota(objects),
    )


def _dynamic(objects: Lookup, authorizer: Authorizer, connector: Connector, chance: Chance) -> tuple[AdmissionPlugin, ...]:
    """What the cluster's users add to the rules."""
    return (
        MutatingAdmissionPolicy(objects, authorizer),
        MutatingAdmissionWebhook(objects, authorizer, connector, chance),
        ValidatingAdmissionPolicy(objects, authorizer),
        ValidatingAdmissionWebhook(objects, authorizer, connector, chance),
    )


def _rights(authorizer: Authorizer, rules: Rules | None) -> tuple[AdmissionPlugin, ...]:
    escalation = (RbacEscalation(rules, authorizer),) if rules is not None else ()
    return (CertificateApproval(authorizer), CertificateSigning(authorizer), ClusterTrustBundleAttest(authorizer), *escalation)


Seen = Callable[[AdmissionPlugin, Any], None]


def mutate(plugins: Sequence[AdmissionPlugin], request: AdmissionRequest, seen: Seen | None = None) -> None:
    """Let every plugin change `request.object`; once more when one asked for it after others had changed the object.

    `seen(plugin, object)` is told of every change. Raises ApiError.
    """
    _pass(plugins, request, seen)
    if request.extra.pop(REINVOKE, False):
        request.extra["reinvoked"] = True
        _pass(plugins, request, seen)


def _pass(plugins: Sequence[AdmissionPlugin], request: AdmissionRequest, seen: Seen | None) -> None:
    for plugin in plugins:
        if not plugin.handles(request):
            continue
        changed = plugin.admit(request)
        if changed is not None:
            request.object = changed
            if seen is not None:
                seen(plugin, changed)


def validate(plugins: Sequence[AdmissionPlugin], request: AdmissionRequest) -> None:
    """Ask every plugin whether the finished object may stand. Raises ApiError."""
    for plugin in plugins:
        if plugin.handles(request):
            plugin.validate(request)

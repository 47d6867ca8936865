"""TokenReview and SelfSubjectReview: questions about who somebody is; they are answered and never stored.

Models pkg/registry/authentication/{tokenreview,selfsubjectreview}.
"""

from cluster_engine.resources.kind import Kind

GROUP = "authentication.k8s.io"

KINDS = (
    Kind(group=GROUP, kind="SelfSubjectReview", plural="selfsubjectreviews", namespaced=False, verbs=("create",)),
    Kind(group=GROUP, kind="TokenReview", plural="tokenreviews", namespaced=False, verbs=("create",)),
)

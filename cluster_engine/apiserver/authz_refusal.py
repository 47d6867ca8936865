"""The 403 of the authorization gate, worded as the API server words it.

Models staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go.
"""

from cluster_engine.apiserver.attributes import Attributes, User
from cluster_engine.machinery.status import ApiError
from cluster_engine.machinery.status import forbidden as status_forbidden


def sentence(user: User, attributes: Attributes) -> str:
    """What the user cannot do."""
    who = f'User "{user.name}" cannot {attributes.verb}'
    if not attributes.is_resource:
        return f'{who} path "{attributes.path}"'
    resource = f"{attributes.resource}/{attributes.subresource}" if attributes.subresource else attributes.resource
    where = f'in the namespace "{attributes.namespace}"' if attributes.namespace else "at the cluster scope"
    return f'{who} resource "{resource}" in API group "{attributes.group}" {where}'


def forbidden(user: User, attributes: Attributes, reason: str = "") -> ApiError:
    """403; `reason` is what the authorizer said, if anything."""
    why = sentence(user, attributes) + (f": {reason}" if reason else "")
    if not attributes.is_resource:
        return ApiError(403, "Forbidden", f"forbidden: {why}", {})
    return status_forbidden(attributes.group, attributes.resource, attributes.name, why)

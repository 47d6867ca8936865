"""Rights on signers: one signer by name, or all of a domain.

Models pkg/apis/certificates and plugin/pkg/admission/certificates/util.go.
"""

from cluster_engine.apiserver.attributes import Attributes, Authorizer, User


def may_use_signer(authorizer: Authorizer, user: User, verb: str, signer: str) -> bool:
    """Whether rules allow `verb` on the virtual resource `signers` for this name or its whole domain."""
    names = (signer, f"{signer.split('/')[0]}/*")
    return any(authorizer.authorize(user, Attributes(verb, "certificates.k8s.io", "*", "signers", name=name)).allowed for name in names)

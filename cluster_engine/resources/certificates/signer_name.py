"""The name of a signer: a domain, a slash and a path.

Models pkg/apis/certificates/validation/validation.go (ValidateSignerName).
"""

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, invalid, required, too_long

LONGEST_DOMAIN = 253
LONGEST = 2 * LONGEST_DOMAIN + 63 + 2


def validate_signer_name(path: str, name: str) -> Errors:
    if not name:
        return [required(path)]
    parts = name.split("/")
    if len(parts) != 2:
        return [invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")]
    domain, rest = parts
    found: Errors = [too_long(path, LONGEST_DOMAIN)] if len(domain) > LONGEST_DOMAIN else []
    labels = domain.split(".")
    found += [invalid(path, domain, f'validating label "{label}": {m}') for label in labels for m in names.is_dns1123_label(label)]
    if len(labels) < 2:
        found.append(invalid(path, domain, "should be a domain with at least two segments separated by dots"))
    found += [invalid(path, rest, f'validating label "{label}": {m}') for label in rest.split(".") for m in names.is_dns1123_subdomain(label)]
    if len(name) > LONGEST:
        found.append(too_long(path, LONGEST))
    return found

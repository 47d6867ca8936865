"""Webhooks: who is asked about a write, over which URL or service, and what a failure means.

Models pkg/apis/admissionregistration/{v1/defaults.go,validation/validation.go} and k8s.io/apiserver/pkg/util/webhook/validation.go.
"""

from typing import Any
from urllib.parse import urlsplit

from cluster_engine.machinery.field import Errors, duplicate, invalid, not_supported, required
from cluster_engine.machinery.names import is_dns1035_label, is_dns1123_subdomain, is_port_number
from cluster_engine.resources.admissionregistration.expressions import validate_conditions
from cluster_engine.resources.admissionregistration.rules import (
    FAILURE_POLICIES,
    MATCH_POLICIES,
    default_match,
    default_rules,
    validate_rule,
    validate_selectors,
)
from cluster_engine.resources.kind import Column, Manifest
from cluster_engine.resources.table import AGE, NAME, age

SIDE_EFFECTS = ("None", "NoneOnDryRun")
REVIEW_VERSIONS = ("v1", "v1beta1")
FORM = "; desired format: https://host[/path]"
COLUMNS = (NAME, Column("Webhooks", "Webhooks indicates the number of webhooks registered in this configuration", type="integer"), AGE)


def default_webhooks(configuration: Manifest) -> None:
    if not configuration.get("webhooks"):
        configuration.pop("webhooks", None)
    for hook in configuration.get("webhooks") or ():
        if hook.get("failurePolicy") is None:
            hook["failurePolicy"] = "Fail"
        default_match(hook)
        if hook.get("timeoutSeconds") is None:
            hook["timeoutSeconds"] = 10
        default_rules(hook.get("rules"))
        service = (hook.get("clientConfig") or {}).get("service")
        if service is not None and service.get("port") is None:
            service["port"] = 443


def validate_webhooks(configuration: Manifest) -> Errors:
    found: Errors = []
    seen: list[str] = []
    for i, hook in enumerate(configuration.get("webhooks") or ()):
        path, name = f"webhooks[{i}]", hook.get("name", "")
        found += _validate_hook(hook, path)
        found += _validate_review_versions(hook.get("admissionReviewVersions") or [], f"{path}.admissionReviewVersions")
        if name and name in seen:
            found.append(duplicate(f"{path}.name", name))
        seen.append(name)
    return found


def _validate_hook(hook: Manifest, path: str) -> Errors:
    found = _validate_name(hook.get("name", ""), f"{path}.name")
    for i, rule in enumerate(hook.get("rules") or ()):
        found += validate_rule(rule, f"{path}.rules[{i}]")
    for field, values in (("failurePolicy", FAILURE_POLICIES), ("matchPolicy", MATCH_POLICIES), ("reinvocationPolicy", ("IfNeeded", "Never"))):
        if hook.get(field) is not None and hook[field] not in values:
            found.append(not_supported(f"{path}.{field}", hook[field], values))
    effects = hook.get("sideEffects")
    if effects is None:
        found.append(required(f"{path}.sideEffects", f"must specify one of {', '.join(SIDE_EFFECTS)}"))
    elif effects not in SIDE_EFFECTS:
        found.append(not_supported(f"{path}.sideEffects", effects, SIDE_EFFECTS))
    seconds = hook.get("timeoutSeconds")
    if seconds is not None and not 1 <= seconds <= 30:
        found.append(invalid(f"{path}.timeoutSeconds", seconds, "the timeout value must be between 1 and 30 seconds"))
    found += validate_selectors(hook, path)
    found += _validate_client(hook.get("clientConfig") or {}, f"{path}.clientConfig")
    return found + validate_conditions(hook.get("matchConditions"), f"{path}.matchConditions")


def _validate_name(name: str, path: str) -> Errors:
    if not name:
        return [required(path)]
    if messages := is_dns1123_subdomain(name):
        return [invalid(path, name, ",".join(messages))]
    return [invalid(path, name, "should be a domain with at least three segments separated by dots")] if len(name.split(".")) < 3 else []


def _validate_review_versions(versions: list[str], path: str) -> Errors:
    if not versions:
        return [required(path, f"must specify one of {', '.join(REVIEW_VERSIONS)}")]
    found: Errors = []
    for i, version in enumerate(versions):
        if version in versions[:i]:
            found.append(invalid(f"{path}[{i}]", version, "duplicate version"))
        found += [invalid(f"{path}[{i}]", version, m) for m in is_dns1035_label(version)]
    if not found and not set(versions) & set(REVIEW_VERSIONS):
        found.append(invalid(path, versions, f"must include at least one of {', '.join(REVIEW_VERSIONS)}"))
    return found


def _validate_client(client: Manifest, path: str) -> Errors:
    url, service = client.get("url"), client.get("service")
    if (url is None) == (service is None):
        return [required(path, "exactly one of url or service is required")]
    return _validate_url(url, f"{path}.url") if url is not None else _validate_service(service or {}, f"{path}.service")


def _validate_url(url: str, path: str) -> Errors:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        return [required(path, f"url must be a valid URL: {error}{FORM}")]
    user, _, host = parts.netloc.rpartition("@")
    found: Errors = []
    if parts.scheme != "https":
        found.append(invalid(path, parts.scheme, f"'https' is the only allowed URL scheme{FORM}"))
    if not host:
        found.append(invalid(path, host, f"host must be specified{FORM}"))
    if "@" in parts.netloc:
        found.append(invalid(path, user, "user information is not permitted in the URL"))
    if parts.fragment:
        found.append(invalid(path, parts.fragment, "fragments are not permitted in the URL"))
    if parts.query:
        found.append(invalid(path, parts.query, "query parameters are not permitted in the URL"))
    return found


def _validate_service(service: Manifest, path: str) -> Errors:
    found: Errors = [required(f"{path}.{f}", f"service {f} is required") for f in ("name", "namespace") if not service.get(f)]
    port = service.get("port", 443)
    if messages := is_port_number(port):
        found.append(invalid(f"{path}.port", port, f"port is not valid: {','.join(messages)}"))
    return found + _validate_path(service.get("path") or "", f"{path}.path")


def _validate_path(url_path: str, path: str) -> Errors:
    if url_path in ("", "/"):
        return []
    if url_path == "//":
        return [invalid(path, url_path, "segment[0] may not be empty")]
    found: Errors = [] if url_path.startswith("/") else [invalid(path, url_path, "must start with a '/'")]
    for i, step in enumerate(url_path[1:].removesuffix("/").split("/")):
        if not step:
            found.append(invalid(path, url_path, f"segment[{i}] may not be empty"))
        found += [invalid(path, url_path, f"segment[{i}]: {m}") for m in is_dns1123_subdomain(step) if step]
    return found


def row(configuration: Manifest, now: float) -> list[Any]:
    return [configuration["metadata"].get("name", ""), len(configuration.get("webhooks") or ()), age(configuration, now)]

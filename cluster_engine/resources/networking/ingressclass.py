"""IngressClass: which controller serves an Ingress. Models pkg/registry/networking/ingressclass and validation.ValidateIngressClass."""

from typing import Any

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required, too_long
from cluster_engine.resources.checks import IMMUTABLE, each, subdomain
from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, NAME, NONE, age

LONGEST_CONTROLLER = 250


def default(ingress_class: Manifest) -> None:
    parameters = ingress_class.setdefault("spec", {}).get("parameters")
    if parameters is not None and parameters.get("scope") is None:
        parameters["scope"] = "Cluster"


def validate(ingress_class: Manifest) -> Errors:
    found: Errors = []
    spec = ingress_class.get("spec") or {}
    controller, parameters = spec.get("controller", ""), spec.get("parameters")
    if len(controller) > LONGEST_CONTROLLER:
        found.append(too_long("spec.controller", LONGEST_CONTROLLER))
    each("spec.controller", controller, _domain_prefixed(controller), found)
    if parameters is not None:
        _validate_parameters(parameters, "spec.parameters", found)
    return found


def _domain_prefixed(text: str) -> list[str]:
    domain, slash, rest = text.partition("/")
    if not slash or not domain or not rest:
        return ['must be a domain-prefixed path (such as "acme.io/foo")']
    return names.is_dns1123_subdomain(domain)


def _validate_parameters(parameters: Manifest, path: str, found: Errors) -> None:
    if parameters.get("apiGroup"):
        subdomain(f"{path}.apiGroup", parameters["apiGroup"], found)
    for name in ("kind", "name"):
        if not parameters.get(name):
            found.append(required(f"{path}.{name}"))
    scope, namespace = parameters.get("scope"), parameters.get("namespace")
    if scope not in ("Cluster", "Namespace"):
        found.append(not_supported(f"{path}.scope", scope or "", ("Cluster", "Namespace")))
    elif scope == "Namespace" and not namespace:
        found.append(required(f"{path}.namespace", "`parameters.scope` is set to 'Namespace'"))
    elif scope == "Cluster" and namespace is not None:
        found.append(forbidden(f"{path}.namespace", "`parameters.scope` is set to 'Cluster'"))


def validate_update(ingress_class: Manifest, old: Manifest) -> Errors:
    controller = ingress_class["spec"].get("controller")
    return [invalid("spec.controller", controller, IMMUTABLE)] if controller != old["spec"].get("controller") else []


def row(ingress_class: Manifest, now: float) -> list[Any]:
    spec = ingress_class.get("spec") or {}
    parameters = spec.get("parameters")
    shown = NONE
    if parameters is not None:
        group = parameters.get("apiGroup")
        shown = f"{parameters.get('kind', '')}{'.' + group if group else ''}/{parameters.get('name', '')}"
    return [ingress_class["metadata"].get("name", ""), spec.get("controller", ""), shown, age(ingress_class, now)]


KIND = Kind(
    group="networking.k8s.io",
    kind="IngressClass",
    plural="ingressclasses",
    namespaced=False,
    has_generation=True,
    default=default,
    validate=validate,
    validate_update=validate_update,
    columns=(
        NAME,
        Column("Controller", "Controller that is responsible for handling this class"),
        Column("Parameters", "A reference to a resource with additional parameters"),
        AGE,
    ),
    row=row,
)

"""How a pod names things on the network: its resolver's settings and its own lines of /etc/hosts.

Models validation.validatePodDNSConfig, ValidateHostAliases.
"""

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.resources.addresses import check_ip
from cluster_engine.resources.checks import each, subdomain
from cluster_engine.resources.kind import Manifest

NAMESERVERS, SEARCHES, SEARCH_CHARACTERS = 3, 32, 2048


def validate_dns(spec: Manifest, path: str, found: Errors) -> None:
    config = spec.get("dnsConfig")
    if spec.get("dnsPolicy") == "None":
        if config is None:
            found.append(required(path, "must provide `dnsConfig` when `dnsPolicy` is None"))
            return
        if not config.get("nameservers"):
            found.append(required(f"{path}.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None"))
            return
    if config:
        _validate_config(config, path, found)


def _validate_config(config: Manifest, path: str, found: Errors) -> None:
    servers, searches = config.get("nameservers") or [], config.get("searches") or []
    if len(servers) > NAMESERVERS:
        found.append(invalid(f"{path}.nameservers", servers, f"must not have more than {NAMESERVERS} nameservers"))
    for i, server in enumerate(servers):
        check_ip(f"{path}.nameservers[{i}]", server, found)
    if len(searches) > SEARCHES:
        found.append(invalid(f"{path}.searches", searches, f"must not have more than {SEARCHES} search paths"))
    if len(" ".join(searches)) > SEARCH_CHARACTERS:
        why = f"must not have more than {SEARCH_CHARACTERS} characters (including spaces) in the search list"
        found.append(invalid(f"{path}.searches", searches, why))
    for i, search in enumerate(searches):
        if search != ".":
            text = search.removesuffix(".")
            each(f"{path}.searches[{i}]", text, names.is_dns1123_subdomain_with_underscore(text), found)
    for i, option in enumerate(config.get("options") or ()):
        if not option.get("name"):
            found.append(required(f"{path}.options[{i}]", "must not be empty"))


def validate_host_aliases(aliases: list[Manifest], path: str, found: Errors) -> None:
    for i, alias in enumerate(aliases):
        check_ip(f"{path}[{i}].ip", alias.get("ip", ""), found)
        for j, name in enumerate(alias.get("hostnames") or ()):
            subdomain(f"{path}[{i}].hostnames[{j}]", name, found)

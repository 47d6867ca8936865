"""Health: the checks behind /livez, /readyz and /healthz, each with a path of its own, all by name with ?verbose.

Models k8s.io/apiserver/pkg/server/healthz.
"""

from collections.abc import Callable, Mapping

from cluster_engine.apiserver.http import HttpResponse
from cluster_engine.machinery.field import quoted

TEXT = [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
HOOKS = tuple(
    f"poststarthook/{name}" if name != "autoregister-completion" else name
    for name in (
        "start-apiserver-admission-initializer", "generic-apiserver-start-informers", "priority-and-fairness-config-consumer",
        "priority-and-fairness-filter", "storage-object-count-tracker-hook", "start-apiextensions-informers", "start-apiextensions-controllers",
        "crd-informer-synced", "start-system-namespaces-controller", "peer-endpoint-reconciler-controller",
        "start-cluster-authentication-info-controller", "start-kube-apiserver-identity-lease-controller",
        "start-kube-apiserver-identity-lease-garbage-collector", "storage-readiness", "start-legacy-token-tracking-controller",
        "start-service-ip-repair-controllers", "rbac/bootstrap-roles", "scheduling/bootstrap-system-priority-classes",
        "priority-and-fairness-config-producer", "bootstrap-controller", "start-kubernetes-service-cidr-controller", "start-kube-aggregator-informers",
        "apiservice-status-local-available-controller", "apiservice-status-remote-available-controller", "apiservice-registration-controller",
        "apiservice-wait-for-first-sync", "apiservice-discovery-controller", "kube-apiserver-autoregistration", "autoregister-completion",
        "apiservice-openapi-controller", "apiservice-openapiv3-controller",
    )
)  # fmt: skip
CHECKS = {
    "livez": ("ping", "log", "loopback-serving-certificate", "etcd", *HOOKS),
    "healthz": ("ping", "log", "loopback-serving-certificate", "etcd", *HOOKS),
    "readyz": ("ping", "log", "informer-sync", *HOOKS, "shutdown"),
}
Failing = Callable[[str], str]


def not_found_page() -> HttpResponse:
    """What Go's own multiplexer says to a path that nobody has registered."""
    return HttpResponse(404, list(TEXT), b"404 page not found\n")


def too_many_page() -> HttpResponse:
    """What a request is told that found neither a seat nor a place in a queue."""
    return HttpResponse(429, [("Retry-After", "1"), *TEXT], b"Too many requests, please try again later.\n")


def health(path: str, query: Mapping[str, list[str]], failing: Failing) -> HttpResponse | None:
    """Answer a health path; None when it is none. `failing(check)` gives why a check fails, "" when it does not."""
    root, _, check = path.strip("/").partition("/")
    names = CHECKS.get(root)
    if names is None or (check and check not in names):
        return None
    if check:
        why = failing(check)
        return HttpResponse(500, TEXT, f"internal server error: {why}\n".encode()) if why else HttpResponse(200, TEXT, b"ok")
    return _all(root, names, query, failing)


def _all(root: str, names: tuple[str, ...], query: Mapping[str, list[str]], failing: Failing) -> HttpResponse:
    excluded = query.get("exclude", [])
    lines: list[str] = []
    bad = False
    for name in names:
        if name in excluded:
            lines.append(f"[+]{name} excluded: ok")
        elif failing(name):
            bad = True
            lines.append(f"[-]{name} failed: reason withheld")
        else:
            lines.append(f"[+]{name} ok")
    unknown = [e for e in excluded if e not in names]
    if unknown:
        lines.append(f"warn: some health checks cannot be excluded: no matches for {', '.join(quoted(u) for u in unknown)}")
    if bad:
        return HttpResponse(500, TEXT, "\n".join([*lines, f"{root} check failed", ""]).encode())
    if "verbose" not in query:
        return HttpResponse(200, TEXT, b"ok")
    return HttpResponse(200, TEXT, "\n".join([*lines, f"{root} check passed", ""]).encode())

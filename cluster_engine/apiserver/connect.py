"""Connecting: logs, exec, attach, port-forward and proxy, which the API server passes on to a kubelet or an address.

Models pkg/registry/core/pod/{rest,strategy}.go and pkg/registry/core/{node,service}/rest.
"""

from typing import TYPE_CHECKING

from cluster_engine.apiserver import admit, storage
from cluster_engine.apiserver.call import Call
from cluster_engine.apiserver.http import HttpRequest, HttpResponse
from cluster_engine.apiserver.nodes import ExecOptions, LogOptions
from cluster_engine.apiserver.query import Query, flag, number, text
from cluster_engine.apiserver.routes import ResourcePath
from cluster_engine.kernel.clock import parse_time
from cluster_engine.machinery import field
from cluster_engine.machinery.field import Errors
from cluster_engine.machinery.manifest import Manifest, at
from cluster_engine.machinery.status import bad_request, invalid, not_found, unavailable

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

PLAIN = [("Content-Type", "text/plain")]
CONTAINER_LISTS = ("containers", "initContainers", "ephemeralContainers")
SERVICE_NAME = "kubernetes.io/service-name"
DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
OPTIONS_KINDS = {"exec": "PodExecOptions", "attach": "PodAttachOptions", "portforward": "PodPortForwardOptions", "proxy": "PodProxyOptions"}


def answer(server: "APIServer", call: Call, request: HttpRequest, path: ResourcePath, query: Query) -> HttpResponse:
    """Pass a connecting request on. Raises ApiError."""
    if call.subresource == "proxy":
        return _proxy(server, call, request, path, query)
    pod: Manifest = storage.find(server, call.kind, call.namespace, call.name).object
    if call.subresource == "log":
        return _log(server, call, pod, query)
    call.body = _options_manifest(call, query)
    asked = admit.request_for(server, call, "CONNECT", call.body, None, ("", "v1", OPTIONS_KINDS[call.subresource]))
    admit.mutate(server, asked)
    admit.judge(server, asked)
    return _session(server, call, pod, query)


def _options_manifest(call: Call, query: Query) -> Manifest:
    options: Manifest = {"kind": OPTIONS_KINDS[call.subresource], "apiVersion": "v1"}
    for name in ("stdin", "stdout", "stderr", "tty"):
        if (value := flag(query, name)) is not None:
            options[name] = value
    if container := text(query, "container"):
        options["container"] = container
    if command := query.get("command"):
        options["command"] = command
    return options


def _node_of(pod: Manifest) -> str:
    node: str = at(pod, "spec.nodeName", "")
    if not node:
        raise bad_request(f"pod {pod['metadata']['name']} does not have a host assigned")
    return node


def container_names(pod: Manifest) -> list[str]:
    return [str(c["name"]) for part in CONTAINER_LISTS for c in pod["spec"].get(part) or ()]


def chosen_container(pod: Manifest, wanted: str) -> str:
    """The container that a request means. Raises 400 when it names none and there are several, or one that is not there."""
    names, plain = container_names(pod), [str(c["name"]) for c in pod["spec"].get("containers") or ()]
    pod_name = pod["metadata"]["name"]
    if wanted:
        if wanted not in names:
            raise bad_request(f"container {wanted} is not valid for pod {pod_name}")
        return wanted
    if len(plain) == 1:
        return plain[0]
    if not plain:
        raise bad_request(f"a container name must be specified for pod {pod_name}")
    default = str((pod["metadata"].get("annotations") or {}).get(DEFAULT_CONTAINER, ""))
    if default in names and default:
        return default
    inits = [c["name"] for c in pod["spec"].get("initContainers") or ()]
    choice = f"choose one of: [{' '.join(plain)}]" + (f" or one of the init containers: [{' '.join(inits)}]" if inits else "")
    raise bad_request(f"a container name must be specified for pod {pod_name}, {choice}")


def _log(server: "APIServer", call: Call, pod: Manifest, query: Query) -> HttpResponse:
    _check_log(query, call.name)
    container = chosen_container(pod, text(query, "container"))
    node: str = at(pod, "spec.nodeName", "")
    if not node:
        return HttpResponse(204)
    options = LogOptions(
        container, bool(flag(query, "follow")), bool(flag(query, "previous")), bool(flag(query, "timestamps")), number(query, "tailLines"),
        _since(query, call.now), number(query, "limitBytes"),
    )  # fmt: skip
    found = server.extensions.nodes.logs(node, pod, options, call.now)
    if isinstance(found, bytes):
        return HttpResponse(200, list(PLAIN), found)
    return HttpResponse(200, list(PLAIN), stream=found)


def _since(query: Query, now: float) -> float | None:
    if (seconds := number(query, "sinceSeconds")) is not None:
        return now - seconds
    if moment := text(query, "sinceTime"):
        try:
            return parse_time(moment)
        except ValueError:
            raise bad_request(f"parsing time {field.quoted(moment)} as RFC 3339 failed") from None
    return None


def _check_log(query: Query, name: str) -> None:
    """PodLogOptions that make no sense. Raises 422."""
    errors: Errors = []
    tail, limit, since = number(query, "tailLines"), number(query, "limitBytes"), number(query, "sinceSeconds")
    if tail is not None and tail < 0:
        errors.append(field.invalid("tailLines", tail, "must be greater than or equal to 0"))
    if limit is not None and limit < 1:
        errors.append(field.invalid("limitBytes", limit, "must be greater than 0"))
    if since is not None and text(query, "sinceTime"):
        errors.append(field.forbidden("[]", "at most one of `sinceTime` or `sinceSeconds` may be specified"))
    elif since is not None and since < 1:
        errors.append(field.invalid("sinceSeconds", since, "must be greater than 0"))
    if errors:
        raise invalid("", "PodLogOptions", name, errors)


def _session(server: "APIServer", call: Call, pod: Manifest, query: Query) -> HttpResponse:
    nodes, now = server.extensions.nodes, call.now
    if call.subresource == "portforward":
        ports = tuple(int(p) for value in query.get("ports", []) for p in value.split(",") if p.isdigit())
        return HttpResponse(101, session=nodes.port_forward(_node_of(pod), pod, ports, now))
    container, node = chosen_container(pod, text(query, "container")), _node_of(pod)
    options = ExecOptions(
        container, tuple(query.get("command", [])), bool(flag(query, "stdin")), bool(flag(query, "stdout")), bool(flag(query, "stderr")),
        bool(flag(query, "tty")),
    )  # fmt: skip
    if not (options.stdin or options.stdout or options.stderr):
        raise bad_request("you must specify at least 1 of stdin, stdout, stderr")
    if call.subresource == "attach":
        return HttpResponse(101, session=nodes.attach(node, pod, options, now))
    if not options.command:
        raise bad_request("you must specify at least 1 command for the container")
    return HttpResponse(101, session=nodes.exec(node, pod, options, now))


def _proxy(server: "APIServer", call: Call, request: HttpRequest, path: ResourcePath, query: Query) -> HttpResponse:
    """Pods by their address, services by one of their endpoints, nodes by their kubelet."""
    rest = f"/{path.rest or text(query, 'path').lstrip('/')}"
    passed_on = HttpRequest(request.method, rest, request.query, request.headers, request.body, None, request.remote)
    name, port = _name_and_port(call.name)
    if call.kind.name == "nodes":
        storage.find(server, call.kind, "", name)
        return server.extensions.nodes.kubelet(name, rest, query, call.now)
    found: Manifest = storage.find(server, call.kind, call.namespace, name).object
    host, target = _pod_target(found, port) if call.kind.name == "pods" else _service_target(server, found, port)
    return server.extensions.nodes.proxy(host, target, passed_on, call.now)


def _name_and_port(text_: str) -> tuple[str, str]:
    """`scheme:name:port`, of which only the name is needed."""
    parts = text_.split(":")
    if len(parts) == 3:
        return parts[1], parts[2]
    return parts[0], parts[1] if len(parts) == 2 else ""


def _pod_target(pod: Manifest, port: str) -> tuple[str, str]:
    address = at(pod, "status.podIP", "")
    if not address:
        raise bad_request("address not allowed")
    if port:
        return address, port
    ports = [p["containerPort"] for c in pod["spec"].get("containers") or () for p in c.get("ports") or ()]
    return address, str(ports[0]) if ports else "80"


def _service_target(server: "APIServer", service: Manifest, port: str) -> tuple[str, str]:
    """A ready endpoint of the service's port. Raises 404 when nobody keeps endpoints for it, 503 when there is none."""
    meta = service["metadata"]
    slices = _slices(server, meta["namespace"], meta["name"])
    if not slices:
        raise not_found("", "services", meta["name"])
    wanted = next((p for p in service["spec"].get("ports") or [] if port in ("", p.get("name", ""), str(p["port"]))), None)
    if wanted is None:
        raise unavailable(f'no service port {field.quoted(port)} found for service "{meta["name"]}"')
    for slice_ in slices:
        target = next((p.get("port") for p in slice_.get("ports") or () if p.get("name", "") == wanted.get("name", "")), None)
        for endpoint in slice_.get("endpoints") or ():
            if target and (endpoint.get("conditions") or {}).get("ready") is not False:
                return endpoint["addresses"][0], str(target)
    raise unavailable(f'no endpoints available for service "{meta["name"]}"')


def _slices(server: "APIServer", namespace: str, service: str) -> list[Manifest]:
    records = server.store.range(server.registry["endpointslices.discovery.k8s.io"].prefix(namespace)).records
    return [r.object for r in records if (r.object["metadata"].get("labels") or {}).get(SERVICE_NAME) == service]

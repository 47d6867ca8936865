"""Priority and fairness: which flow schema a request matches, and so at which priority level it is served.

Models k8s.io/apiserver/pkg/util/flowcontrol/{match.go,apf_controller.go}. The schemas are read from the store and read again
when one has changed; what each level has served is counted for /metrics and for the request's trace.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cluster_engine.apiserver.attributes import Attributes, User
from cluster_engine.apiserver.bootstrap_flows import dangling_status
from cluster_engine.apiserver.fairness_seats import Seats, seconds_of
from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.call import Call
    from cluster_engine.apiserver.server import APIServer

SCHEMAS, LEVELS = "flowschemas.flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io"
CONSUMER = "api-priority-and-fairness-config-consumer-v1"
REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class Flow:
    """Where a request belongs: names and uids of its flow schema and priority level."""

    schema: str = ""
    level: str = ""
    schema_uid: str = ""
    level_uid: str = ""


NO_FLOW = Flow()


class Fairness:
    """Classifies the requests of one server."""

    def __init__(self, server: "APIServer") -> None:
        self._server = server
        self._stale = True
        self._schemas: list[Manifest] = []
        self._known: dict[tuple[str, ...], Flow] = {}
        self._by: dict[str, str] = {}
        self.dispatched: dict[tuple[str, str], int] = {}
        self.seats = Seats()
        server.extensions.written[SCHEMAS] = self._written
        store = server.store
        for prefix in ("/registry/flowschemas/", "/registry/prioritylevelconfigurations/"):
            store.watch(prefix, store.durable_revision + 1, self._changed)

    def _written(self, call: "Call", record: Record) -> None:
        """Say in a new schema's status whether its level is there."""
        schema: Manifest = record.object
        level = schema["spec"]["priorityLevelConfiguration"]["name"]
        found = any(o["metadata"]["name"] == level for o in self._objects(LEVELS))
        status = dangling_status(schema, timestamp(call.now), found=found)
        held = (schema.get("status") or {}).get("conditions") or []
        if any(c.get("status") == status["status"]["conditions"][0]["status"] for c in held if c.get("type") == "Dangling"):
            return
        client = self._server.client("apiserver", self._server.loopback.user, ("system:masters",), manager=CONSUMER)
        why = f"the priority level {level} {'exists' if found else 'does not exist'}"
        client.patch(SCHEMAS, "", schema["metadata"]["name"], status, type="apply", subresource="status", why=why)

    def _changed(self) -> None:
        self._stale = True

    def classify(self, user: User, attributes: Attributes) -> Flow:
        """The flow of a request; counts it as dispatched."""
        if self._stale:
            self._read()
        key = (
            user.name,
            *user.groups,
            "|",
            attributes.verb,
            attributes.group,
            attributes.resource,
            attributes.subresource,
            attributes.namespace,
            attributes.path,
        )
        flow = self._known.get(key)
        if flow is None:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            flow = self._known[key] = self._find(user, attributes)
        count = (flow.level, flow.schema)
        self.dispatched[count] = self.dispatched.get(count, 0) + 1
        return flow

    def enter(self, flow: Flow, user: User, attributes: Attributes) -> float:
        """Take a seat for a request; gives the seconds that it has to wait. Raises TurnedAway.

        Seats are held in the host's time: where there is none, a request is over at once.
        """
        server = self._server
        distinguisher = {"ByUser": user.name, "ByNamespace": attributes.namespace}.get(self._by.get(flow.schema, ""), "")
        seconds = seconds_of(attributes) if server.stopwatch != server.clock.now else 0.0
        return self.seats.take(flow.level, (flow.schema, distinguisher), seconds, server.stopwatch())

    def _objects(self, resource: str) -> list[Manifest]:
        kind = self._server.registry.get(resource)
        return [r.object for r in self._server.store.range(kind.prefix()).records] if kind is not None else []

    def _read(self) -> None:
        self._stale = False
        self._known.clear()
        self.seats.arrange(self._objects(LEVELS))
        self._schemas = sorted(self._objects(SCHEMAS), key=lambda s: (s["spec"].get("matchingPrecedence", 1000), s["metadata"]["name"]))
        self._by = {s["metadata"]["name"]: (s["spec"].get("distinguisherMethod") or {}).get("type", "") for s in self._schemas}

    def _find(self, user: User, attributes: Attributes) -> Flow:
        levels = {o["metadata"]["name"]: o["metadata"]["uid"] for o in self._objects(LEVELS)}
        for schema in self._schemas:
            level = schema["spec"]["priorityLevelConfiguration"]["name"]
            if level in levels and any(matches(rule, user, attributes) for rule in schema["spec"].get("rules") or ()):
                return Flow(schema["metadata"]["name"], level, schema["metadata"]["uid"], levels[level])
        return NO_FLOW


def matches(rule: Manifest, user: User, attributes: Attributes) -> bool:
    """Whether a rule is about this user and this request."""
    if not any(_is_subject(s, user) for s in rule.get("subjects") or ()):
        return False
    if attributes.is_resource:
        return any(_is_resource(r, attributes) for r in rule.get("resourceRules") or ())
    return any(_is_path(r, attributes) for r in rule.get("nonResourceRules") or ())


def _is_subject(subject: Manifest, user: User) -> bool:
    if subject["kind"] == "User":
        return subject["user"]["name"] in ("*", user.name)
    if subject["kind"] == "Group":
        return subject["group"]["name"] == "*" or subject["group"]["name"] in user.groups
    account = subject["serviceAccount"]
    prefix = f"system:serviceaccount:{account['namespace']}:"
    return user.name.startswith(prefix) and account["name"] in ("*", user.name[len(prefix) :])


def _has(values: Any, value: str) -> bool:
    return "*" in values or value in values


def _is_resource(rule: Manifest, attributes: Attributes) -> bool:
    resource = f"{attributes.resource}/{attributes.subresource}" if attributes.subresource else attributes.resource
    if not (_has(rule["verbs"], attributes.verb) and _has(rule["apiGroups"], attributes.group) and _has(rule["resources"], resource)):
        return False
    return _has(rule.get("namespaces") or (), attributes.namespace) if attributes.namespace else bool(rule.get("clusterScope"))


def _is_path(rule: Manifest, attributes: Attributes) -> bool:
    if not _has(rule["verbs"], attributes.verb):
        return False
    return any(u in ("*", attributes.path) or (u.endswith("/*") and attributes.path.startswith(u[:-1])) for u in rule["nonResourceURLs"])

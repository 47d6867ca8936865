"""A pod worker: takes one pod from admission to its end, one unit of work at a time.

Models pkg/kubelet/pod_workers.go and kuberuntime_manager.go (computePodActions). The pod's course is a table (`COURSE`); the
containers' lives are tables of their own (container_worker.LIFE).
"""

from collections.abc import Callable
from enum import Enum

from cluster_engine.client.client import Manifest
from cluster_engine.kubelet.admission import Rejection, admit
from cluster_engine.kubelet.container_config import resources
from cluster_engine.kubelet.container_worker import ContainerWorker, Life
from cluster_engine.kubelet.context import CLUSTER_DOMAIN, NodeContext
from cluster_engine.kubelet.volume_sources import sources_of
from cluster_engine.runtime.cri import ContainerState, CriError, SandboxConfig, SandboxState
from cluster_engine.volumes.plugin import NotReady, Volume
from cluster_engine.volumes.pod_volumes import prepare

MOUNT_RETRY, MOUNT_RETRY_MOST = 0.5, 122.0
SANDBOX_RETRY = 10.0
ATTACH_PATIENCE = 123.0


class Course(Enum):
    """Where a pod is on its way."""

    ADMISSION = "admission"
    MOUNTING = "mounting volumes"
    SANDBOX = "making its sandbox"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"


class PodWorker:
    """`changed(why)` is called by whatever changes what the status will say. `node_pods` gives the other pods, for admission."""

    def __init__(self, pod: Manifest, context: NodeContext, on_change: Callable[["PodWorker"], None], node_pods: Callable[[], list["PodWorker"]]) -> None:
        self.pod, self.context, self._on_change, self._node_pods = pod, context, on_change, node_pods
        self.uid: str = pod["metadata"]["uid"]
        self.course = Course.ADMISSION
        self.why = "the pod was bound to this node"
        self.start_time = 0.0
        self.sandbox = ""
        self.address = ""
        self.sandbox_attempt = 0
        self.volumes: dict[str, Volume] = {}
        self.verdict: Rejection | None = None
        self.stopping = False
        self.gone = False
        self.evicted_grace: float | None = None
        self.told_backoff: dict[str, int] = {}
        self.written: Manifest | None = None
        self.mirror: Manifest | None = None
        self._busy_until = 0.0
        self._mount_delay = MOUNT_RETRY
        self.has_init = any(c.get("restartPolicy") != "Always" for c in pod["spec"].get("initContainers") or ())
        self.init = [
            ContainerWorker(self, c, "sidecar" if c.get("restartPolicy") == "Always" else "init", context) for c in pod["spec"].get("initContainers") or ()
        ]
        self.apps = [ContainerWorker(self, c, "app", context) for c in pod["spec"]["containers"]]
        self.ephemeral: list[ContainerWorker] = []

    # -- what others ask

    @property
    def key(self) -> str:
        meta = self.pod["metadata"]
        return f"{meta['namespace']}/{meta['name']}"

    @property
    def restart_policy(self) -> str:
        return str(self.pod["spec"].get("restartPolicy", "Always"))

    @property
    def containers(self) -> list[ContainerWorker]:
        return [*self.init, *self.apps, *self.ephemeral]

    @property
    def initialized(self) -> bool:
        """Every init container has done its part."""
        return all(c.started if c.role == "sidecar" else c.succeeded for c in self.init) or any(c.status is not None or c.attempt for c in self.apps)

    @property
    def finished(self) -> bool:
        """All that counts has ended for good."""
        if self.verdict is not None:
            return True
        failed_init = any(c.role == "init" and c.over and not c.succeeded for c in self.init)
        return failed_init or all(c.over for c in self.apps)

    @property
    def over(self) -> bool:
        """Nothing of it is left on this node."""
        return self.course is Course.STOPPED

    @property
    def grace(self) -> float:
        """The seconds that it is given to end."""
        return float(self.pod["metadata"].get("deletionGracePeriodSeconds", self.pod["spec"].get("terminationGracePeriodSeconds", 30)))

    def port_number(self, container: Manifest, port: object) -> int:
        """A port by number or by name."""
        if isinstance(port, int):
            return port
        named = (p["containerPort"] for p in container.get("ports") or () if p.get("name") == port)
        return next(named, int(str(port)) if str(port).isdigit() else 0)

    # -- what happens to it

    def changed(self, why: str) -> None:
        self.why = why
        self._on_change(self)

    def take(self, pod: Manifest) -> None:
        """A newer version of the pod was seen."""
        old, self.pod = self.pod, pod
        meta = pod["metadata"]
        if "deletionTimestamp" in meta and not self.stopping:
            self.begin_to_stop(f"the pod is being deleted: {meta.get('deletionGracePeriodSeconds', 30)} s of grace")
        elif "deletionTimestamp" in meta and meta.get("deletionGracePeriodSeconds") != old["metadata"].get("deletionGracePeriodSeconds"):
            self._stop_containers(self.context.clock.now())
        if pod["spec"] is not old["spec"] and pod["spec"] != old["spec"]:
            self._respecify(pod["spec"])
        if meta.get("generation") != old["metadata"].get("generation") or meta.get("labels") != old["metadata"].get("labels"):
            self._on_change(self)

    def _respecify(self, spec: Manifest) -> None:
        """What may change in a living pod: images, resources, ephemeral containers."""
        for worker, container in zip(self.apps, spec["containers"], strict=False):
            old, worker.spec = worker.spec, container
            if old.get("image") != container.get("image") and worker.running:
                worker.stop(f"Container {worker.name} definition changed, will be restarted", worker.grace, self.context.clock.now())
            elif old.get("resources") != container.get("resources") and worker.running:
                self._resize(worker, old.get("resources") or {}, container.get("resources") or {})
        known = {c.name for c in self.ephemeral}
        self.ephemeral += [ContainerWorker(self, c, "ephemeral", self.context) for c in spec.get("ephemeralContainers") or () if c["name"] not in known]

    def _resize(self, worker: ContainerWorker, old: Manifest, new: Manifest) -> None:
        """New limits for a running container: in place, unless what changed asks for a restart."""
        pairs = [((old.get(kind) or {}), (new.get(kind) or {})) for kind in ("requests", "limits")]
        changed = {name for before, after in pairs for name in {*before, *after} if before.get(name) != after.get(name)}
        policies = {p["resourceName"]: p["restartPolicy"] for p in worker.spec.get("resizePolicy") or ()}
        now = self.context.clock.now()
        if any(policies.get(name) == "RestartContainer" for name in changed):
            worker.stop(f"Container {worker.name} resize requires restart", worker.grace, now)
        else:
            self.context.runtime.update_container_resources(worker.id, resources(worker), now)
            self.changed(f"the limits of {worker.name} were changed in place")

    def begin_to_stop(self, why: str, grace: float | None = None) -> None:
        """End it, for whatever reason."""
        self.stopping = True
        self.evicted_grace = grace
        self._busy_until = 0.0
        self.course = Course.STOPPING if self.sandbox else Course.STOPPED
        self.changed(why)
        self._stop_containers(self.context.clock.now())

    def vanish(self) -> None:
        """The API server has forgotten it: end it without a word."""
        self.gone = True
        if not self.stopping:
            self.begin_to_stop("the pod is gone from the API server")

    def _stop_containers(self, now: float) -> None:
        grace = self.evicted_grace if self.evicted_grace is not None else self.grace
        apps_run = any(c.running for c in self.apps)
        for container in self.containers:
            if container.role != "sidecar" or not apps_run or not container.running:
                container.stop("", grace, now)

    # -- working

    def step(self, now: float) -> bool:
        """One unit of work, if there is one."""
        if now < self._busy_until:
            return False
        return COURSE[self.course](self, now)

    def next_wake(self, now: float) -> float | None:
        """When time alone gives it work."""
        if self._busy_until > now:
            return self._busy_until
        if self.course in (Course.RUNNING, Course.STOPPING):
            moments = [m for c in self._due_containers() if (m := c.next_wake(now)) is not None and m != float("inf")]
            return min(moments) if moments else None
        return None if self.course is Course.STOPPED else now

    def _due_containers(self) -> list[ContainerWorker]:
        """Those whose turn it is: init containers in their order, then all others; sidecars beside."""
        if self.course is Course.STOPPING:
            return [c for c in self.containers if c.running]
        if not self.initialized:
            due = []
            for container in self.init:
                due.append(container)
                if not (container.started if container.role == "sidecar" else container.succeeded):
                    break
            return due
        return [c for c in (*self.init, *self.apps, *self.ephemeral) if c.role != "init"]

    def _admit(self, now: float) -> bool:
        self.start_time = self.start_time or now
        self.verdict = admit(self, self.context, self._node_pods())
        if self.verdict is not None:
            self.context.tell(self.pod, "Warning", self.verdict.reason, self.verdict.message)
            self.course = Course.STOPPED
            self.changed(f"the kubelet refuses the pod: {self.verdict.reason}")
            return True
        self.course = Course.MOUNTING
        self.changed("the kubelet has accepted the pod")
        return True

    def _mount(self, now: float) -> bool:
        meta = self.pod["metadata"]
        volumes = self.pod["spec"].get("volumes") or []
        try:
            self.volumes = prepare(meta["namespace"], meta["name"], volumes, sources_of(self.context, self.pod, self)) if volumes else {}
        except NotReady as error:
            if not error.expected or now - self.start_time > ATTACH_PATIENCE:
                self.context.tell(self.pod, "Warning", "FailedMount", str(error))
            self._busy_until = now + self._mount_delay
            self._mount_delay = min(self._mount_delay * 2, MOUNT_RETRY_MOST)
            return True
        for volume in self.volumes.values():
            if volume.device:
                self.context.csi_called(self.pod, volume.device)
        self.course = Course.SANDBOX
        return True

    def _make_sandbox(self, now: float) -> bool:
        try:
            made = self.context.runtime.run_pod_sandbox(self.sandbox_config(), now)
        except CriError as error:
            self.context.tell(self.pod, "Warning", "FailedCreatePodSandBox", f"Failed to create pod sandbox: {error}")
            self._busy_until = now + SANDBOX_RETRY
            return True
        self.sandbox = made.value
        self.address = self.context.runtime.pod_sandbox_status(self.sandbox).address
        self._busy_until = now + made.seconds
        self.course = Course.RUNNING
        self.changed(f"its sandbox has the address {self.address}")
        return True

    def sandbox_config(self) -> SandboxConfig:
        """What the runtime is asked for."""
        meta, spec = self.pod["metadata"], self.pod["spec"]
        host_network = bool(spec.get("hostNetwork"))
        hostname = spec.get("hostname") or meta["name"][:63].rstrip("-.")
        cluster_dns = spec.get("dnsPolicy", "ClusterFirst") in (("ClusterFirstWithHostNet",) if host_network else ("ClusterFirst", "ClusterFirstWithHostNet"))
        search = (f"{meta['namespace']}.svc.{CLUSTER_DOMAIN}", f"svc.{CLUSTER_DOMAIN}", CLUSTER_DOMAIN) if cluster_dns else ()
        dns = spec.get("dnsConfig") or {}
        sysctls = tuple((s["name"], s["value"]) for s in (spec.get("securityContext") or {}).get("sysctls") or ())
        return SandboxConfig(
            name=meta["name"],
            namespace=meta["namespace"],
            uid=self.uid,
            attempt=self.sandbox_attempt,
            hostname=self.context.node if host_network else hostname,
            host_network=host_network,
            handler=spec.get("runtimeClassName") or "",
            search=(*search, *(dns.get("searches") or ())),
            nameserver=(dns.get("nameservers") or [self.context.dns if cluster_dns else ""])[0],
            hosts=self._hosts(hostname),
            sysctls=sysctls,
            host_ports=self._host_ports() if not host_network else (),
        )

    def _host_ports(self) -> tuple[tuple[int, int, str], ...]:
        ports = (p for c in self.pod["spec"]["containers"] for p in c.get("ports") or () if p.get("hostPort"))
        return tuple((p["hostPort"], p["containerPort"], p.get("protocol", "TCP")) for p in ports)

    def _hosts(self, hostname: str) -> str:
        """/etc/hosts beyond the pod's own line, which the runtime completes with the address."""
        extra = "".join(f"{a['ip']}\t{chr(9).join(a.get('hostnames') or ())}\n" for a in self.pod["spec"].get("hostAliases") or ())
        head = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
        return head + "{address}\t" + hostname + "\n" + (f"\n# Entries added by HostAliases.\n{extra}" if extra else "")

    def _run(self, now: float) -> bool:
        if self._sandbox_died():
            return True
        worked = False
        for container in self._due_containers():
            if container.step(now):
                worked = True
                break
        if worked:
            return True
        if self.finished:
            self.begin_to_stop("all its containers have ended")
            return True
        return False

    def _sandbox_died(self) -> bool:
        """Someone killed the sandbox: everything starts anew in another one."""
        try:
            if self.context.runtime.pod_sandbox_status(self.sandbox).state is SandboxState.READY:
                return False
        except CriError:
            pass
        self.context.tell(self.pod, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.")
        self.sandbox_attempt += 1
        self.course, self.sandbox, self.address = Course.SANDBOX, "", ""
        for container in self.containers:
            if container.status is not None:
                container.attempt += 1
                container.last, container.status = container.status, None
            container.life, container.started, container.ready, container.busy_until = Life.WAITING, False, False, 0.0
        self.changed("its sandbox is gone")
        return True

    def _stop(self, now: float) -> bool:
        for container in self.containers:
            if container.running and container.step(now):
                return True
        if any(c.running for c in self.containers):
            if not any(c.running for c in (*self.apps, *self.ephemeral)):
                self._stop_containers(now)
                return any(c.step(now) for c in self.containers if c.running)
            return False
        self.context.runtime.stop_pod_sandbox(self.sandbox, now)
        self.course = Course.STOPPED
        self.changed("nothing of it runs any more")
        return True

    def _stopped(self, now: float) -> bool:
        return False

    # -- a restarted kubelet

    def adopt(self, sandbox: str) -> None:
        """Take over what the runtime already runs for this pod."""
        status = self.context.runtime.pod_sandbox_status(sandbox)
        self.sandbox, self.address, self.start_time = sandbox, status.address, status.created_at
        self.sandbox_attempt = status.config.attempt
        self.volumes = prepare(
            self.pod["metadata"]["namespace"], self.pod["metadata"]["name"], self.pod["spec"].get("volumes") or [], sources_of(self.context, self.pod, self)
        )
        found = sorted(self.context.runtime.list_containers(sandbox), key=lambda c: c.created_at)
        for worker in self.containers:
            mine = [c for c in found if c.name == worker.name]
            if mine:
                worker.adopt(mine[-1], next((c for c in reversed(mine[:-1]) if c.state is ContainerState.EXITED), None))
        self.course = Course.RUNNING
        self.changed("the kubelet came back and found it running")

    def clean_up(self, now: float) -> None:
        """Remove what is left of it on the node."""
        if self.sandbox:
            self.context.runtime.remove_pod_sandbox(self.sandbox, now)
            self.sandbox = ""


COURSE: dict[Course, Callable[[PodWorker, float], bool]] = {
    Course.ADMISSION: PodWorker._admit,
    Course.MOUNTING: PodWorker._mount,
    Course.SANDBOX: PodWorker._make_sandbox,
    Course.RUNNING: PodWorker._run,
    Course.STOPPING: PodWorker._stop,
    Course.STOPPED: PodWorker._stopped,
}

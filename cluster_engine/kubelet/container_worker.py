"""One container of a pod, driven through its life: image, create, start, hook, run, end, and again.

Models pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer, killContainer) and pkg/kubelet/images/image_manager.go.
The life is a table (`LIFE`): in each state there is one thing to do next; `step` does it and says whether it did anything.
"""

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

from cluster_engine.client.client import Manifest
from cluster_engine.kubelet.backoff import Backoff
from cluster_engine.kubelet.container_config import container_config
from cluster_engine.kubelet.context import NodeContext
from cluster_engine.kubelet.durations import go_duration
from cluster_engine.kubelet.env import ConfigError
from cluster_engine.kubelet.hooks import Hook
from cluster_engine.kubelet.probes import Prober, probers
from cluster_engine.kubelet.restarts import restarts
from cluster_engine.runtime.cri import ContainerState, ContainerStatus, CriError, Pull

if TYPE_CHECKING:
    from cluster_engine.kubelet.pod_worker import PodWorker

SYNC_AGAIN = 1.0


class Life(Enum):
    """Where a container is in its life."""

    WAITING = "waiting"
    PULLING = "pulling"
    CREATING = "creating"
    STARTING = "starting"
    HOOK = "post-start hook"
    RUNNING = "running"
    STOPPING = "stopping"
    EXITED = "exited"


class ContainerWorker:
    """`role`: init, sidecar, app or ephemeral. `attempt` counts restarts. `waiting` is the reason and message while it does not run."""

    def __init__(self, pod: "PodWorker", spec: Manifest, role: str, context: NodeContext) -> None:
        self.pod, self.spec, self.role, self.context = pod, spec, role, context
        self.name: str = spec["name"]
        self.life = Life.WAITING
        self.attempt = 0
        self.id = ""
        self.status: ContainerStatus | None = None
        self.last: ContainerStatus | None = None
        self.waiting = ("PodInitializing", "") if role in ("init", "app") and pod.has_init else ("ContainerCreating", "")
        self.busy_until = 0.0
        self.pull: Pull | None = None
        self.pull_error = ""
        self.crashes, self.pulls = Backoff(), Backoff()
        self.hook: Hook | None = None
        self.hook_done = False
        self.probers: list[Prober] = []
        self.started = False
        self.ready = False
        self.stop_deadline = 0.0
        self.stop_grace = 0.0
        self.stop_why = ""
        self.order_given = False

    # -- what others ask

    @property
    def field_path(self) -> str:
        kind = {"init": "initContainers", "sidecar": "initContainers", "ephemeral": "ephemeralContainers"}.get(self.role, "containers")
        return f"spec.{kind}{{{self.name}}}"

    @property
    def running(self) -> bool:
        return self.life in (Life.HOOK, Life.RUNNING, Life.STOPPING)

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it has not, or runs again."""
        return self.status.exit_code if self.life is Life.EXITED and self.status is not None else None

    @property
    def over(self) -> bool:
        """It ended and will not be started again."""
        return self.life is Life.EXITED and not restarts(self, self.pod.restart_policy)

    @property
    def succeeded(self) -> bool:
        return self.exit_code == 0

    # -- working

    def step(self, now: float) -> bool:
        """Do what comes next in its life, if it is time."""
        if now < self.busy_until:
            return False
        return LIFE[self.life](self, now)

    def next_wake(self, now: float) -> float | None:
        """When there is something to do without anything having happened."""
        if self.busy_until > now:
            return self.busy_until
        if self.life is Life.EXITED:
            return self.crashes.until(self.status.finished_at) if self.status is not None and not self.over else None
        if self.life is Life.HOOK or (self.life is Life.STOPPING and self.hook is not None):
            return self.hook.next_wake(now) if self.hook is not None else now
        if self.life is Life.RUNNING:
            return min((p.next_wake() for p in self.probers), default=None)
        return now if self.life is not Life.STOPPING else None

    # -- image

    def _want_image(self, now: float) -> bool:
        image = self.spec["image"]
        policy = self.spec.get("imagePullPolicy") or "IfNotPresent"
        try:
            here = self.context.runtime.image_status(image)
        except CriError as error:
            return self._refuse(
                "InvalidImageName",
                f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": {str(error.message).rpartition(": ")[2]}',
                "InspectFailed",
                now,
            )
        if here is not None and policy != "Always":
            self.tell("Normal", "Pulled", f'Container image "{image}" already present on machine and can be accessed by the pod')
            return self._go(Life.CREATING)
        if policy == "Never":
            return self._refuse("ErrImageNeverPull", f'Container image "{image}" is not present with pull policy of Never', "ErrImageNeverPull", now)
        if self.pull_error and now < self.pulls.until(self.pulls.since):
            return self._back_off_pull(image, now)
        self.tell("Normal", "Pulling", f'Pulling image "{image}"')
        self.pull = self.context.runtime.pull_image(image, now, self.pod.uid)
        self.busy_until = self.pull.done_at
        self.pod.changed(f"pulling {image} for {self.name}")
        return self._go(Life.PULLING)

    def _back_off_pull(self, image: str, now: float) -> bool:
        self.tell("Normal", "BackOff", f'Back-off pulling image "{image}"')
        self.tell("Warning", "Failed", "Error: ImagePullBackOff")
        self.waiting = ("ImagePullBackOff", f'Back-off pulling image "{image}": ErrImagePull: {self.pull_error}')
        self.busy_until = self.pulls.until(self.pulls.since)
        self.pod.changed(f"{self.name} waits before it tries its image again")
        return True

    def _pulled(self, now: float) -> bool:
        pull, image = self.pull, self.spec["image"]
        assert pull is not None
        self.pull = None
        if pull.error is not None:
            return self._pull_failed(image, pull.error, now)
        took, waited = go_duration(pull.done_at - pull.started_at), go_duration(pull.done_at - pull.asked_at)
        self.tell("Normal", "Pulled", f'Successfully pulled image "{image}" in {took} ({waited} including waiting). Image size: {pull.size} bytes.')
        self.pull_error = ""
        self.pulls = Backoff()
        return self._go(Life.CREATING)

    def _pull_failed(self, image: str, error: CriError, now: float) -> bool:
        self.pull_error = str(error)
        self.tell("Warning", "Failed", f'Failed to pull image "{image}": {error}')
        self.tell("Warning", "Failed", "Error: ErrImagePull")
        self.waiting = ("ErrImagePull", self.pull_error)
        self.pulls.next(now)
        self.busy_until = now + SYNC_AGAIN
        self.pod.changed(f"the image of {self.name} could not be pulled")
        return self._go(Life.WAITING)

    def _refuse(self, reason: str, message: str, event: str, now: float) -> bool:
        first = self.waiting[0] != reason
        self.waiting = (reason, message)
        self.tell("Warning", event, message)
        self.tell("Warning", "Failed", f"Error: {reason}")
        self.busy_until = now + 12.0
        if first:
            self.pod.changed(f"{self.name} cannot start: {reason}")
        return True

    # -- create and start

    def _create(self, now: float) -> bool:
        try:
            config = container_config(self)
        except ConfigError as error:
            return self._config_error(str(error), now)
        try:
            made = self.context.runtime.create_container(self.pod.sandbox, config, now)
        except CriError as error:
            self.tell("Warning", "Failed", f"Error: {error.message}")
            return self._again_from_image(("CreateContainerError", error.message), now)
        self.id = made.value
        self.tell("Normal", "Created", "Container created")
        self.busy_until = now + made.seconds
        return self._go(Life.STARTING)

    def _config_error(self, message: str, now: float) -> bool:
        self.tell("Warning", "Failed", f"Error: {message}")
        return self._again_from_image(("CreateContainerConfigError", message), now)

    def _again_from_image(self, waiting: tuple[str, str], now: float) -> bool:
        if self.waiting != waiting:
            self.waiting = waiting
            self.pod.changed(f"{self.name} cannot be created: {waiting[1]}")
        self.busy_until = now + 12.0
        return self._go(Life.WAITING)

    def _start(self, now: float) -> bool:
        try:
            took = self.context.runtime.start_container(self.id, now)
        except CriError as error:
            self.tell("Warning", "Failed", f"Error: {error.message}")
            self.waiting = ("RunContainerError", error.message)
            self.status = self.context.runtime.container_status(self.id)
            self.pod.changed(f"{self.name} could not be started")
            return self._go(Life.EXITED)
        self.tell("Normal", "Started", "Container started")
        self.status = self.context.runtime.container_status(self.id)
        self.probers = probers(self, now)
        self.started = not any(p.kind == "startup" for p in self.probers)
        self.ready = self.started and not any(p.kind == "readiness" for p in self.probers)
        self.busy_until = now + took.seconds
        self.order_given = False
        if (self.spec.get("lifecycle") or {}).get("postStart") and not self.hook_done:
            self.hook = Hook(self, "postStart", now)
            return self._go(Life.HOOK)
        self._go(Life.RUNNING)
        self.pod.changed(f"{self.name} runs")
        return True

    def _run_hook(self, now: float) -> bool:
        assert self.hook is not None
        if self._ended_meanwhile():
            return True
        failure = self.hook.result(now)
        if failure is None:
            return False
        self.hook = None
        if failure:
            self.tell("Warning", "FailedPostStartHook", failure)
            self.stop("FailedPostStartHook", self.grace, now)
            return True
        self._go(Life.RUNNING)
        self.pod.changed(f"{self.name} runs")
        return True

    # -- running

    def _watch(self, now: float) -> bool:
        if self._ended_meanwhile():
            return True
        return sum(prober.step(now) for prober in self.probers) > 0

    def _ended_meanwhile(self) -> bool:
        status = self.context.runtime.container_status(self.id)
        if status.state is not ContainerState.EXITED:
            return False
        self.status = status
        self.started = self.ready = False
        self.hook = None
        if self.life is not Life.STOPPING:
            self.stop_why = ""
        self._go(Life.EXITED)
        self.pod.changed(f"{self.name} ended with exit code {status.exit_code}")
        return True

    # -- ending

    @property
    def grace(self) -> float:
        return self.pod.grace

    def stop(self, why: str, grace: float, now: float) -> None:
        """Have it end: first its preStop hook, then a signal, at last by force."""
        if self.life in (Life.STOPPING, Life.EXITED):
            if self.life is Life.STOPPING and now + grace < self.stop_deadline:
                self._hurry(grace, now)
            return
        if not self.running:
            self.life = Life.EXITED if self.status is not None else Life.WAITING
            return
        self.tell("Normal", "Killing", why or f"Stopping container {self.name}")
        self.stop_deadline, self.stop_grace, self.stop_why = now + grace, grace, why
        self.order_given = False
        self.life = Life.STOPPING
        self.busy_until = 0.0
        self.hook = Hook(self, "preStop", now) if (self.spec.get("lifecycle") or {}).get("preStop") and grace > 0 else None
        self.pod.changed(why or f"{self.name} is asked to end")

    def _hurry(self, grace: float, now: float) -> None:
        self.stop_deadline = now + grace
        if self.order_given:
            self.context.runtime.stop_container(self.id, grace, now)

    def _stop(self, now: float) -> bool:
        if self._ended_meanwhile():
            return True
        if self.hook is not None:
            failure = self.hook.result(now)
            if failure is None and now < self.stop_deadline:
                return False
            if failure:
                self.tell("Warning", "FailedPreStopHook", failure)
            self.hook = None
        if self.order_given:
            return False
        self.order_given = True
        grace = max(self.stop_deadline - now, 2.0 if self.stop_grace > 0 else 0.0)
        self.context.runtime.stop_container(self.id, grace, now)
        return True

    def _ended(self, now: float) -> bool:
        """Start again, unless the policy or the back-off says otherwise."""
        status = self.status
        if status is None or self.pod.stopping or not restarts(self, self.pod.restart_policy):
            return False
        due = self.crashes.until(status.finished_at)
        if now < due:
            return self._crash_loop()
        self.crashes.next(status.finished_at)
        self.last, self.status = status, None
        self.attempt += 1
        self.hook_done = False
        self._forget_old()
        self.waiting = self.waiting if self.waiting[0] == "CrashLoopBackOff" else ("ContainerCreating", "")
        return self._go(Life.WAITING)

    def _crash_loop(self) -> bool:
        if self.waiting[0] == "CrashLoopBackOff" and self.pod.told_backoff.get(self.name) == self.attempt:
            return False
        meta = self.pod.pod["metadata"]
        where = f"{meta['name']}_{meta['namespace']}({meta['uid']})"
        self.pod.told_backoff[self.name] = self.attempt
        self.tell("Warning", "BackOff", f"Back-off restarting failed container {self.name} in pod {where}")
        self.waiting = ("CrashLoopBackOff", f"back-off {go_duration(self.crashes.delay)} restarting failed container={self.name} pod={where}")
        self.pod.changed(f"{self.name} crashed again: waiting {self.crashes.delay:g} s before the next start")
        return True

    def _forget_old(self) -> None:
        """Keep the newest ended instance (for `logs --previous`), drop those before it."""
        mine = [c for c in self.context.runtime.list_containers(self.pod.sandbox) if c.name == self.name and c.state is ContainerState.EXITED]
        for old in sorted(mine, key=lambda c: c.created_at)[:-1]:
            self.context.runtime.remove_container(old.id, self.context.clock.now())

    # -- small things

    def _go(self, life: Life) -> bool:
        self.life = life
        return True

    def tell(self, type: str, reason: str, message: str) -> None:
        self.context.tell(self.pod.pod, type, reason, message, self.field_path)

    def adopt(self, status: ContainerStatus, previous: ContainerStatus | None) -> None:
        """A kubelet that was restarted finds the container as it is."""
        self.id, self.status, self.last, self.attempt = status.id, status, previous, status.attempt
        self.life = {ContainerState.CREATED: Life.STARTING, ContainerState.RUNNING: Life.RUNNING, ContainerState.EXITED: Life.EXITED}[status.state]
        if self.life is Life.RUNNING:
            self.probers = probers(self, self.context.clock.now())
            self.started = not any(p.kind == "startup" for p in self.probers)
            self.ready = self.started and not any(p.kind == "readiness" for p in self.probers)


LIFE: dict[Life, Callable[[ContainerWorker, float], bool]] = {
    Life.WAITING: ContainerWorker._want_image,
    Life.PULLING: ContainerWorker._pulled,
    Life.CREATING: ContainerWorker._create,
    Life.STARTING: ContainerWorker._start,
    Life.HOOK: ContainerWorker._run_hook,
    Life.RUNNING: ContainerWorker._watch,
    Life.STOPPING: ContainerWorker._stop,
    Life.EXITED: ContainerWorker._ended,
}

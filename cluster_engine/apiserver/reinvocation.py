"""Calling again what has already been asked, when something after it changed the object.

Models k8s.io/apiserver/pkg/admission/{reinvocation.go,plugin/webhook/mutating/reinvocationcontext.go}.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.plugin import REINVOKE
from cluster_engine.machinery.manifest import Manifest


class Reinvocations:
    """One plugin's memory of one request: who wants to be asked again, and who has to be now."""

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self.due: set[str] = set()
        self.left: Manifest | None = None

    @classmethod
    def of(cls, request: AdmissionRequest, plugin: str) -> "Reinvocations":
        """The memory, brought up to date with what other plugins did since."""
        memory: Reinvocations = request.extra.setdefault(f"reinvocations of {plugin}", cls())
        if memory.left is not None and memory.left != request.object:
            memory.require()
        return memory

    def require(self) -> None:
        self.due |= self.asked
        self.asked = set()

    def skips(self, request: AdmissionRequest, who: str) -> bool:
        """Whether this is the second round and `who` need not be asked in it."""
        return bool(request.extra.get("reinvoked")) and who not in self.due

    def invoked(self, request: AdmissionRequest, who: str, again: bool, changed: bool) -> None:
        """`who` has been asked; `again`: it wants to hear of later changes."""
        if changed:
            self.require()
            request.extra[REINVOKE] = True
        if again:
            self.asked.add(who)

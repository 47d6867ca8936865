"""Priority and fairness: which flow a request belongs to, and how many of each level are being served.

Models k8s.io/apiserver/pkg/util/flowcontrol. The answers' headers name the flow schema and level by uid, as upstream's do.
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Fairness:
    """How many requests each priority level is serving now and has served."""

    executing: dict[str, int] = field(default_factory=dict)
    dispatched: dict[str, int] = field(default_factory=dict)

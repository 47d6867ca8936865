"""Controllers: one file for each control loop, each a pure decision that looks at the cluster and says what should change.

What belongs here: `reconcile(object, view, now)` that yields actions with their `why`, and which changes wake it. What does
not: writing (reconcile/loop.py), knowledge of another controller (they meet only through the API), clocks and randomness.
Adding a controller: one module that exposes CONTROLLER or CONTROLLERS, or `controllers(settings)` where flags matter; the
registry below finds it.
"""

import importlib
import pkgutil

from cluster_engine.reconcile.controller import Controller
from cluster_engine.reconcile.settings import Settings


def all_controllers(settings: Settings | None = None) -> tuple[Controller, ...]:
    """Every controller of the kube-controller-manager and the cloud-controller-manager, in order of names."""
    settings = settings or Settings()
    found: list[Controller] = []
    for info in pkgutil.iter_modules(__path__, __name__ + "."):
        module = importlib.import_module(info.name)
        found.extend(getattr(module, "CONTROLLERS", ()))
        if isinstance(one := getattr(module, "CONTROLLER", None), Controller):
            found.append(one)
        if hasattr(module, "controllers"):
            found.extend(module.controllers(settings))
    return tuple(sorted(found, key=lambda c: c.name))

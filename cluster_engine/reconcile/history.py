"""Controller history: a ControllerRevision for each pod template that a set has had, numbered, bounded, found again when it returns.

Models pkg/controller/history/controller_history.go.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cluster_engine.reconcile.actions import Action, Create, Delete, Update
from cluster_engine.reconcile.hashing import template_hash, without_empty
from cluster_engine.reconcile.ownership import deleting, reference_to
from cluster_engine.reconcile.pods import created
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
RESOURCE = "controllerrevisions.apps"


def patch_of(owner: Manifest) -> Manifest:
    """What a revision keeps: the template, in the form of a patch that brings it back."""
    return {"spec": {"template": owner["spec"]["template"] | {"$patch": "replace"}}}


def template_in(revision: Manifest) -> Manifest:
    return {k: v for k, v in revision["data"]["spec"]["template"].items() if k != "$patch"}


def by_number(revisions: Iterable[Manifest]) -> list[Manifest]:
    return sorted(revisions, key=lambda r: (r["revision"], created(r), r["metadata"]["name"]))


@dataclass(frozen=True, slots=True)
class History:
    """The revisions of an owner, oldest first, and the label that carries their hash."""

    owner: Manifest
    revisions: list[Manifest]
    hash_label: str

    @staticmethod
    def of(owner: Manifest, view: View, hash_label: str) -> "History":
        return History(owner, by_number(view.controlled_by(RESOURCE, owner["metadata"]["uid"])), hash_label)

    @property
    def update(self) -> Manifest | None:
        """The revision of the owner's present template."""
        wanted = without_empty(patch_of(self.owner))
        equal = [r for r in self.revisions if without_empty(r["data"]) == wanted]
        return equal[-1] if equal else None

    def named(self, name: str) -> Manifest | None:
        return next((r for r in self.revisions if r["metadata"]["name"] == name), None)

    @property
    def next_number(self) -> int:
        return int(self.revisions[-1]["revision"]) + 1 if self.revisions else 1

    def draft(self, collisions: int) -> Manifest:
        """A new revision for the present template."""
        owner, meta = self.owner, self.owner["metadata"]
        mark = template_hash(patch_of(owner), collisions)
        labels = {**((owner["spec"]["template"].get("metadata") or {}).get("labels") or {}), self.hash_label: mark}
        body: Manifest = {"name": f"{meta['name']}-{mark}", "namespace": meta["namespace"], "labels": labels}
        if meta.get("annotations"):
            body["annotations"] = meta["annotations"]
        body["ownerReferences"] = [reference_to(owner, owner["apiVersion"], owner["kind"])]
        return {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": body, "data": patch_of(owner), "revision": self.next_number}

    def keep_up(self, collisions: int) -> list[Action]:
        """The writes that make the newest revision be the one of the present template; none when it is."""
        standing = self.update
        if standing is None:
            return [Create(RESOURCE, self.draft(collisions), "the pod template is new, so the history gets a revision", or_exists=True)]
        if standing is not self.revisions[-1]:
            return [Update(RESOURCE, standing | {"revision": self.next_number}, "an earlier pod template is back, so its revision becomes the newest")]
        return []

    def hash_of(self, revision: Manifest) -> str:
        return str(revision["metadata"]["labels"][self.hash_label])

    def truncated(self, live: Iterable[str]) -> list[Action]:
        """Delete the oldest revisions beyond the limit that no pod uses (`live`: names or hashes in use)."""
        used, limit = set(live), int(self.owner["spec"].get("revisionHistoryLimit", 10))
        free = [r for r in self.revisions[:-1] if r["metadata"]["name"] not in used and self.hash_of(r) not in used and not deleting(r)]
        surplus = len(free) - limit
        return [
            Delete(RESOURCE, r["metadata"]["namespace"], r["metadata"]["name"], f"{len(free)} old revisions are kept, {limit} may be", r["metadata"]["uid"])
            for r in free[: max(0, surplus)]
        ]

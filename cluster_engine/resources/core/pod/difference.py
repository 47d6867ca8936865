"""How two objects differ, as error texts show it: a unified diff of both as indented JSON, every field present.

Models k8s.io/apimachinery/pkg/util/diff (Diff), which prints Go's internal structs.
"""

import difflib
import json

from cluster_engine.resources.core.shape import printed
from cluster_engine.resources.kind import Manifest


def difference(struct: str, old: Manifest, new: Manifest) -> str:
    before, after = (json.dumps(printed(struct, m), indent=1, ensure_ascii=False).splitlines() for m in (old, new))
    lines = list(difflib.unified_diff(before, after, lineterm="", n=3))[2:]
    return "\n".join(lines) + "\n" if lines else ""

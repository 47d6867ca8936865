"""`make parity`: replays the recordings of a real control plane against a server of its own, and prints how many steps are equal."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.running import ROOT, RunningServer

PROGRAM = ROOT.parent / "shared" / "parity" / "parity.py"
AREAS = {"bare": ("basics", "machinery", "kinds-core", "kinds-groups"), "hollow": ("loops",)}


def main(wanted: list[str]) -> int:
    """Each area against a new cluster of the template that it was recorded with."""
    program = Path(os.environ.get("PARITY", PROGRAM))
    if not program.exists():
        print(f"the recordings are not at {program}; name their program with PARITY=/path/to/parity.py")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory(prefix="orrery-parity-") as folder, RunningServer(Path(folder)) as server:
        for template, areas in AREAS.items():
            for area in areas:
                if wanted and area not in wanted:
                    continue
                server.manage("cluster", "create", area, "--template", template)
                print(f"{area}:", flush=True)
                verbose = ["--verbose"] if "VERBOSE" in os.environ else []
                command = [sys.executable, str(program), "check", "--kubeconfig", str(server.kubeconfig(area)), *verbose, area]
                failed += subprocess.run(command, check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""What a mischievous learner may type: it hurts the container at most, never the simulation."""

import time

import pytest

from tests.runtime.node import Node

BOMBS = [
    ":(){ :|:& };:",
    "f() { f; }; f",
    "x=aaaaaaaaaa; while true; do x=$x$x; done",
    "while true; do sleep 1000 & done",
    "seq 1 1000000000000 | sleep 100",
    "seq 1 1000000000000 > /tmp/x",
    "yes | sleep 100",
    "echo " + "$(" * 100 + "echo x" + ")" * 100,
    "(" * 300 + "true" + ")" * 300,
    "printf '%999999999d' 1",
    "echo $((9999999999 ** 9999999999)) $((1 << 99999999))",
    "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab | grep -E '(a+)+$'",
    "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab | sed -E 's/(a|aa)+$/x/'",
    "case aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa in *a*a*a*a*a*a*a*a*a*a*a*b) echo no;; esac",
    "[[ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab =~ (a*)*c ]]",
    "while true; do :; done",
    "while true; do date > /dev/null; done",
    "awk 'BEGIN { while (1) x = x + 1 }'",
    "echo '" + "x" * 200_000 + "' | rev | rev | wc -c",
    "trap '' TERM; eval eval eval eval echo hi",
    "kill -9 -1; kill 1; kill -STOP $$",
    "\x00\x01\x02 $'\\xff' ${!x} ${x@Q} <(echo) >(cat)",
    "}{)(;;&&||",
]


@pytest.mark.parametrize("script", BOMBS, ids=range(len(BOMBS)))
def test_the_simulation_survives(script: str) -> None:
    node = Node()
    container = node.run("busybox", "sh", "-c", script)
    began = time.process_time()
    node.pass_time(3)
    assert time.process_time() - began < 5
    node.runtime.stop_container(container, 0, node.clock.now())
    assert node.runtime.container_status(container).finished_at > 0

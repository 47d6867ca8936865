"""The shell of simulated containers: scripts as containers' commands run them."""

import pytest

from tests.runtime.node import Node


def sh(script: str, *args: str, image: str = "busybox", seconds: float = 5.0) -> tuple[list[str], int | None]:
    """What a script says, and its exit code (None while it runs)."""
    node = Node()
    container = node.run(image, "sh", "-c", script, *args)
    node.pass_time(seconds)
    status = node.runtime.container_status(container)
    return node.said(container), status.exit_code if status.finished_at else None


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo hello world", ["hello world"]),
        ("x=5; echo $x ${y:-none} ${#x} \"a  b\" 'c $x'", ["5 none 1 a  b c $x"]),
        ("for i in $(seq 1 3) z; do echo $i; done", ["1", "2", "3", "z"]),
        ("i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done", ["1", "2", "3"]),
        ("until false; do echo once; break; done", ["once"]),
        ("if [ -d /etc ] && ! [ -f /nothing ]; then echo yes; else echo no; fi", ["yes"]),
        ("case foobar in a*) echo a;; foo*|x) echo foo;; *) echo else;; esac", ["foo"]),
        ("f() { local a=$1; echo in $a; return 3; }; f x; echo $?", ["in x", "3"]),
        ("echo one two three | wc -w", ["3"]),
        ("printf '%s-%d\\n' a 1 b 2", ["a-1", "b-2"]),
        ("echo hidden > /tmp/f; cat < /tmp/f; echo more >> /tmp/f; wc -l < /tmp/f", ["hidden", "2"]),
        ("echo err >&2", ["err"]),
        ("ls /nothing 2>/dev/null || echo failed", ["failed"]),
        ("cat <<EOF\nx is $((1 + 2 * 3))\nEOF", ["x is 7"]),
        ("cat <<'EOF'\n$x\nEOF", ["$x"]),
        ("(cd /tmp; pwd); pwd", ["/tmp", "/"]),
        ("a=/x/y.tar.gz; echo ${a##*/} ${a%.*} ${a%%.*} ${a/x/z}", ["y.tar.gz /x/y.tar /x/y /z/y.tar.gz"]),
        ("printf 'b\\na\\nb\\n' | sort | uniq -c | awk '{print $2 \"=\" $1}'", ["a=1", "b=2"]),
        ("echo 'k: v' | sed 's/k: \\(.*\\)/\\1!/' | tr a-z A-Z", ["V!"]),
        ("printf '1\\n2\\n3\\n' | while read n; do echo \"<$n>\"; done", ["<1>", "<2>", "<3>"]),
        ("seq 1 100 | grep -c 9; seq 10 | tail -n 2 | head -1", ["19", "9"]),
        ("mkdir -p /a/b; touch /a/b/c.txt /a/b/d.txt; echo /a/b/*.txt; ls /a/b", ["/a/b/c.txt /a/b/d.txt", "c.txt", "d.txt"]),
        ("yes | head -n 2", ["y", "y"]),
        ("true & wait; echo $?; (exit 4) & wait $!; echo $?", ["0", "4"]),
        ('set -- a \'b c\'; for x in "$@"; do echo "[$x]"; done; shift; echo $# $1', ["[a]", "[b c]", "1 b c"]),
        ("trap 'echo bye' EXIT; echo hi", ["hi", "bye"]),
        ("[[ abc == a* && 3 -gt 2 ]] && echo ok", ["ok"]),
        ("x=$(echo $(echo deep)); echo $x `echo old`", ["deep old"]),
        ("eval 'y=7; echo $y'; unset y; echo ${y-unset}", ["7", "unset"]),
        ('a=(one two three); echo ${a[1]} ${#a} "${a[@]}"', ["two 0 one two three"]),
        ("for ((i=0; i<3; i++)); do echo -n $i; done; echo", ["012"]),
        ("echo $0 $1", ["main first"]),
        ("timeout 1 sleep 10; echo $?", ["124"]),
        ("cat /etc/hostname; hostname", ["pod", "pod"]),
        ("set -x; echo a", ["+ echo a", "a"]),
        ("echo a; echo b >&2; nothere; echo $?", ["a", "b", "sh: nothere: not found", "127"]),
        ("date -u +%Y-%m-%d", ["2026-01-01"]),
        ("echo aGVsbG8= | base64 -d", ["hello"]),
    ],
)
def test_scripts_say_what_they_would_say(script: str, said: list[str]) -> None:
    assert sh(script, *(("main", "first") if script == "echo $0 $1" else ()))[0] == said


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exit 3", 3),
        ("false", 1),
        ("nothere", 127),
        ("set -e; false; echo never", 1),
        ("if", 2),
        ("kill -9 $$", 137),
        ("sh -c 'exit 5'", 5),
        ("false || true", 0),
        ("! false", 0),
    ],
)
def test_scripts_end_with_their_code(script: str, code: int) -> None:
    assert sh(script)[1] == code


def test_a_trapped_signal_lets_a_script_end_in_order() -> None:
    node = Node()
    container = node.run("busybox", "sh", "-c", "trap 'echo stopping; exit 0' TERM; while true; do sleep 1; done")
    node.pass_time(3)
    node.runtime.stop_container(container, 30, node.clock.now())
    node.pass_time(2)
    assert node.said(container) == ["stopping"]
    assert node.runtime.container_status(container).exit_code == 0


def test_a_trap_waits_for_the_command_in_the_foreground() -> None:
    node = Node()
    container = node.run("busybox", "sh", "-c", "trap 'exit 0' TERM; sleep 3600")
    node.pass_time(1)
    node.runtime.stop_container(container, 5, node.clock.now())
    node.pass_time(6)
    assert node.runtime.container_status(container).exit_code == 137


def test_a_script_without_a_trap_is_killed_in_the_end() -> None:
    node = Node()
    container = node.run("busybox", "sh", "-c", "while true; do date; sleep 5; done")
    node.pass_time(12)
    assert len(node.said(container)) == 3
    node.runtime.stop_container(container, 2, node.clock.now())
    node.pass_time(3)
    assert node.runtime.container_status(container).exit_code == 137


def test_a_loop_that_never_waits_does_not_stop_the_world() -> None:
    node = Node()
    node.run("busybox", "sh", "-c", "while true; do :; done")
    node.pass_time(10)


def test_a_file_system_is_read_only_where_the_pod_says_so() -> None:
    node = Node()
    container = node.run("busybox", "sh", "-c", "echo x > /tmp/x || echo refused", read_only_root=True)
    node.pass_time(1)
    assert node.said(container) == ["sh: can't open /tmp/x: Read-only file system", "refused"]


def test_what_goes_into_the_termination_log_becomes_the_message() -> None:
    node = Node()
    container = node.run("busybox", "sh", "-c", "echo because > /dev/termination-log; exit 1")
    node.pass_time(1)
    assert node.runtime.container_status(container).message == "because\n"


def test_a_container_asks_itself_by_localhost() -> None:
    node = Node()
    web = node.run("nginx:1.27")
    node.pass_time(1)
    output: list[str] = []

    class Kept:
        def write(self, stream: str, text: str) -> None:
            output.append(text)

    process = node.runtime.exec(
        web, ("sh", "-c", "curl -s localhost | grep title; curl -s -o /dev/null -w '%{http_code}' localhost/no"), Kept(), node.clock.now()
    )
    process.close_input()
    node.pass_time(2)
    assert process.exit_code == 0
    assert "Welcome to nginx!" in "".join(output)
    assert "".join(output).endswith("404")


def test_a_terminal_echoes_prompts_and_edits() -> None:
    from cluster_engine.runtime.terminal import Terminal

    node = Node()
    container = node.run("busybox", "sleep", "1000")
    output: list[str] = []

    class Kept:
        def write(self, stream: str, text: str) -> None:
            output.append(text)

    process = node.runtime.exec(container, ("sh",), Kept(), node.clock.now(), tty=True)
    terminal = Terminal(process, Kept())
    node.pass_time(1)
    terminal.typed("ech\x7fho hi\r")
    node.pass_time(1)
    terminal.typed("exit 3\r")
    node.pass_time(1)
    assert "".join(output) == "/ # ech\b \bho hi\nhi\n/ # exit 3\n" or "hi\n/ # exit 3\n" in "".join(output)
    assert process.exit_code == 3

"""Control flow: lists, conditions, loops, cases, groups and tests; each a function of a shell and a node of its script.

Models POSIX 2.9.3 and 2.9.4 (lists and compound commands).
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from cluster_engine.runtime.shell.conditions import BadTest, Condition
from cluster_engine.runtime.shell.patterns import matches
from cluster_engine.runtime.shell.syntax import Node, text
from cluster_engine.runtime.shell.words import split_words

if TYPE_CHECKING:
    from cluster_engine.runtime.shell.interpreter import Shell

Work = Generator[Any, Any, int]


class Leave(Exception):
    """break and continue: `levels` loops, going on with the outermost of them or not."""

    def __init__(self, levels: int, go_on: bool) -> None:
        super().__init__()
        self.levels, self.go_on = levels, go_on


class Return(Exception):
    """return from a function or a sourced script."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


def shown(word: str) -> str:
    return word if word and not any(c in word for c in " '\"$*?[]();<>&|\\\n") else "'" + word.replace("'", "'\\''") + "'"


def and_or(shell: "Shell", node: Node) -> Work:
    left, operator, right = node.children[0], node.children[1].type, node.children[-1]
    shell.forgiving += 1
    try:
        code = yield from shell.run(left)
    finally:
        shell.forgiving -= 1
    if (code == 0) == (operator == "&&"):
        return (yield from shell.run(right))
    return code


def negated(shell: "Shell", node: Node) -> Work:
    return 1 if (yield from asked(shell, [node.named_children[-1]])) else 0


def asked(shell: "Shell", nodes: list[Node]) -> Generator[Any, Any, bool]:
    """Whether a condition holds; its failure is no failure."""
    shell.forgiving += 1
    try:
        return (yield from shell.run_all(nodes)) == 0
    finally:
        shell.forgiving -= 1


def if_(shell: "Shell", node: Node) -> Work:
    condition: list[Node] = []
    body: list[Node] = []
    place = condition
    for child in node.children[1:]:
        if child.type == "then":
            place = body
        elif child.type in ("elif_clause", "else_clause", "fi"):
            break
        else:
            place.append(child)
    if (yield from asked(shell, condition)):
        shell.status = 0
        return (yield from shell.run_all(body))
    for clause in node.children:
        if clause.type == "elif_clause":
            done, code = yield from elif_(shell, clause)
            if done:
                return code
        elif clause.type == "else_clause":
            return (yield from shell.run_all(clause.children[1:]))
    return 0


def elif_(shell: "Shell", node: Node) -> Generator[Any, Any, tuple[bool, int]]:
    then = next(i for i, c in enumerate(node.children) if c.type == "then")
    if (yield from asked(shell, node.children[1:then])):
        shell.status = 0
        return True, (yield from shell.run_all(node.children[then + 1 :]))
    return False, 0


def one_round(shell: "Shell", node: Node) -> Generator[Any, Any, bool]:
    """One round of a loop; whether there shall be another."""
    group = node.named_children[-1]
    try:
        yield from shell.run_all(group.children)
    except Leave as leave:
        if leave.levels > 1:
            raise Leave(leave.levels - 1, leave.go_on) from None
        return leave.go_on
    return True


def for_(shell: "Shell", node: Node) -> Work:
    name = text(node.named_children[0])
    listed = any(c.type == "in" for c in node.children)
    values: list[str] = []
    for child in node.named_children[1:-1]:
        values += yield from shell.expander.fields(text(child))
    shell.status = 0
    for value in values if listed else list(shell.args):
        shell.assign(name, value)
        if not (yield from one_round(shell, node)):
            break
        yield from shell.breathe()
    return shell.status


def c_for(shell: "Shell", node: Node) -> Work:
    source = text(node)
    head = source[source.index("((") + 2 :]
    first, test, step = (part.strip() for part in head[: head.index("))")].split(";"))
    shell.expander.compute(first)
    while not test or shell.expander.compute(test):
        if not (yield from one_round(shell, node)):
            break
        shell.expander.compute(step)
        yield from shell.breathe()
    return shell.status


def while_(shell: "Shell", node: Node) -> Work:
    until = node.children[0].type == "until"
    condition = node.children[1:-1]
    status = 0
    while (yield from asked(shell, condition)) != until:
        if not (yield from one_round(shell, node)):
            break
        status = shell.status
        yield from shell.breathe()
    return status


def case(shell: "Shell", node: Node) -> Work:
    subject = yield from shell.expander.one(text(node.named_children[0]))
    for item in node.named_children[1:]:
        if item.type != "case_item":
            continue
        close = next(i for i, c in enumerate(item.children) if c.type == ")")
        for pattern in item.children[:close]:
            if pattern.is_named and matches((yield from shell.expander.pattern(text(pattern))), subject):
                shell.status = 0
                return (yield from shell.run_all(item.children[close + 1 :]))
    return 0


def function(shell: "Shell", node: Node) -> Work:
    shell.functions[text(node.named_children[0])] = node.named_children[-1]
    return 0
    yield


def compound(shell: "Shell", node: Node) -> Work:
    if node.children[0].type == "((":
        return 0 if shell.expander.compute((yield from shell.expander.here(text(node)[2:-2]))) else 1
    return (yield from shell.run_all(node.children))


def subshell(shell: "Shell", node: Node) -> Work:
    child = shell.subshell(shell.streams.copy(), lambda copy: copy.run_all(node.children))
    return (yield from shell.join(child))


def test(shell: "Shell", node: Node) -> Work:
    source = text(node)
    double = source.startswith("[[")
    if source.startswith("(("):
        return 0 if shell.expander.compute((yield from shell.expander.here(source[2:-2]))) else 1
    words: list[str] = []
    for word in split_words(source[2:-2] if double else source[1:-1]):
        after_equals = bool(words) and words[-1] in ("=", "==", "!=")
        if double:
            words.append((yield from (shell.expander.pattern(word) if after_equals else shell.expander.one(word))))
        else:
            words += yield from shell.expander.fields(word)
    if "x" in shell.options:
        shell.streams.err(f"+ [ {' '.join(shown(w) for w in words)} ]\n")
    try:
        return 0 if Condition(words, shell.disk, shell.cwd, double).holds() else 1
    except BadTest as problem:
        shell.complain(str(problem))
        return 2

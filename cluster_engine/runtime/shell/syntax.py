"""Parsing: the structure of a script comes from tree-sitter; words keep their source text and are expanded later."""

from functools import lru_cache

import tree_sitter
import tree_sitter_bash

Node = tree_sitter.Node
_language = tree_sitter.Language(tree_sitter_bash.language())
STATEMENTS = frozenset(
    {
        "command",
        "pipeline",
        "list",
        "if_statement",
        "for_statement",
        "c_style_for_statement",
        "while_statement",
        "case_statement",
        "function_definition",
        "compound_statement",
        "subshell",
        "negated_command",
        "redirected_statement",
        "test_command",
        "variable_assignment",
        "variable_assignments",
        "declaration_command",
        "unset_command",
    }
)


class SyntaxProblem(Exception):
    """The script cannot be parsed; the message names the place."""


@lru_cache(maxsize=512)
def parse(source: str) -> Node:
    """The root of a script's tree. Raises SyntaxProblem."""
    root = tree_sitter.Parser(_language).parse(source.encode()).root_node
    if root.has_error:
        bad = _first_error(root)
        word = text(bad).strip().split("\n")[0][:20] if bad is not None else ""
        line = bad.start_point[0] + 1 if bad is not None else 1
        raise SyntaxProblem(f'line {line}: syntax error: unexpected "{word or "end of file"}"')
    return root


def _first_error(node: Node) -> Node | None:
    if node.type == "ERROR" or node.is_missing:
        return node
    for child in node.children:
        if child.has_error or child.is_missing:
            found = _first_error(child)
            if found is not None:
                return found
    return None


def text(node: Node) -> str:
    return (node.text or b"").decode()


def statements(children: list[Node]) -> list[tuple[Node, bool]]:
    """The statements among some nodes, each with whether it goes to the background."""
    found = []
    for index, child in enumerate(children):
        if child.type in STATEMENTS:
            following = children[index + 1].type if index + 1 < len(children) else ""
            found.append((child, following == "&"))
    return found


def complete(source: str) -> bool:
    """Whether an interactive shell should run what was typed, or ask for more."""
    try:
        parse(source)
    except SyntaxProblem:
        stripped = source.rstrip()
        return not (stripped.endswith(("\\", "do", "then", "{", "|", "&&", "||")) or _open(source))
    return True


def _open(source: str) -> bool:
    words = source.replace(";", " ").split()
    opened = sum(words.count(w) for w in ("if", "case", "do")) - sum(words.count(w) for w in ("fi", "esac", "done"))
    return opened > 0 or source.count('"') % 2 == 1 or source.count("'") % 2 == 1

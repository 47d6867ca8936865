"""Object and JSONPatch literals: `Object{metadata: Object.metadata{labels: {"a": "b"}}}` as a plain map.

Models k8s.io/apiserver/pkg/cel/mutation. The evaluator has no messages for them, so their literals are rewritten to maps before
compiling: the type name goes, field names become text.
"""

import re

_token = re.compile(
    r"""\s+|//[^\n]*|[rR]?[bB]?(?:\"{3}.*?\"{3}|'{3}.*?'{3}|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')|[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*|.""",
    re.DOTALL,
)
_type = re.compile(r"(?:Object(?:\s*\.\s*\w+)*|JSONPatch)").fullmatch
_field = re.compile(r"[A-Za-z_]\w*").fullmatch


def rewritten(source: str) -> str:
    """The expression with every such literal as a map."""
    tokens = _token.findall(source)
    out: list[str] = []
    open_: list[bool] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        after = _next(tokens, position)
        if _type(token) and after == "{":
            position = _skip(tokens, position)
            out.append("{")
            open_.append(True)
        elif token in "({[" and token:
            out.append(token)
            open_.append(False)
        elif token in ")}]" and token:
            out.append(token)
            if open_:
                open_.pop()
        elif open_ and open_[-1] and _field(token) and after == ":" and _before(out) in ("{", ",", "?"):
            out.append(f'"{token}"')
        else:
            out.append(token)
        position += 1
    return "".join(out)


def makes_object(source: str) -> bool:
    """Whether the expression has an Object or JSONPatch literal at all."""
    tokens = _token.findall(source)
    return any(_type(t) and _next(tokens, i) == "{" for i, t in enumerate(tokens))


def _next(tokens: list[str], position: int) -> str:
    return next((t for t in tokens[position + 1 :] if t.strip() and not t.startswith("//")), "")


def _skip(tokens: list[str], position: int) -> int:
    """The position of the brace that opens the literal."""
    position += 1
    while tokens[position] != "{":
        position += 1
    return position


def _before(out: list[str]) -> str:
    return next((t for t in reversed(out) if t.strip()), "")

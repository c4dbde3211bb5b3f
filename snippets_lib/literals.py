"""Finds the names of a program that only literals flow into. Guarantee: what may have been computed is not named.

The module's statements are followed in order. Whatever a call may have filled, and whatever is bound in a branch or a
loop that depends on a computed value, counts as computed: a comparison refused by mistake costs more than one let pass.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_LIBRARIES = {"numpy", "math"}
_MAKERS = {"array", "asarray", "float32", "float64", "int32", "int64", "zeros", "ones", "full", "arange", "linspace"}
_BUILTINS = {
    "float",
    "int",
    "bool",
    "str",
    "abs",
    "round",
    "list",
    "tuple",
    "range",
    "len",
    "sum",
    "min",
    "max",
    "sorted",
}
_HARMLESS = _BUILTINS | {
    "print",
    "zip",
    "enumerate",
    "set",
    "dict",
    "isinstance",
    "repr",
    "format",
    "type",
    "any",
    "all",
}
_FILLING = {"append", "extend", "insert", "update", "add", "setdefault", "fill", "put", "resize", "sort", "partition"}
_BUILT = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.BinOp, ast.UnaryOp, ast.Starred, ast.Subscript, ast.Slice)
_ASKED = (ast.Compare, ast.BoolOp, ast.IfExp, ast.JoinedStr, ast.FormattedValue)


def constants(source: str) -> dict[str, int]:
    r"""The module-level names that hold nothing computed, each with the line that bound it last.

    ```python
    from snippets_lib.literals import constants

    print(constants("loss = 0.5\nbest = float(loss)\nlosses = []\nlosses.append(step())\nlast = losses[-1]"))
    #> {'loss': 1, 'best': 2}
    ```
    """
    tree = ast.parse(source)
    walk = _Walk(tree)
    walk.follow(tree.body, steered=False)
    return {name: line for name, line in walk.lines.items() if name not in walk.touched}


class _Walk:
    """Follows a module: `lines` has the names that are constant so far, `touched` those changed from elsewhere."""

    def __init__(self, tree: ast.Module) -> None:
        self.lines: dict[str, int] = {}
        self.modules = set(_LIBRARIES)
        self.makers = set(_BUILTINS)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self.modules |= {alias.asname for alias in node.names if alias.name in _LIBRARIES and alias.asname}
            elif isinstance(node, ast.ImportFrom) and node.module in _LIBRARIES:
                self.makers |= {alias.asname or alias.name for alias in node.names if alias.name in _MAKERS}
        self.touched = set(_touched(tree))
        self.handed = set(_handed(tree, self.modules | self.makers | _HARMLESS))

    def follow(self, statements: Iterable[ast.stmt], steered: bool) -> None:
        """Note what each statement binds; `steered` where a computed value decides whether or how often it runs."""
        for node in statements:
            self._walruses(node, steered)
            match node:
                case ast.Assign():
                    for target in node.targets:
                        self._bind(target, node.value, steered)
                case ast.AnnAssign(value=ast.expr() as value):
                    self._bind(node.target, value, steered)
                case ast.AugAssign():
                    before = not isinstance(node.target, ast.Name) or node.target.id in self.lines
                    self._name(node.target, before and self.literal(node.value) and not steered)
                case ast.For() | ast.AsyncFor():
                    inner = steered or not self.literal(node.iter) or _leaves(node)
                    self._name(node.target, not inner)
                    self.follow([*node.body, *node.orelse], inner)
                case ast.While() | ast.If():
                    left = isinstance(node, ast.While) and _leaves(node)
                    self.follow([*node.body, *node.orelse], steered or left or not self.literal(node.test))
                case ast.With() | ast.AsyncWith():
                    for item in node.items:
                        self._name(item.optional_vars, False)
                    self.follow(node.body, steered)
                case ast.Try():
                    self.follow(node.body, steered)
                    self.follow([s for handler in node.handlers for s in handler.body] + node.orelse, True)
                    self.follow(node.finalbody, steered)
                case ast.Match():
                    self.follow([s for case in node.cases for s in case.body], True)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    self.lines.pop(name, None)

    def _walruses(self, node: ast.stmt, steered: bool) -> None:
        expressions = (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
        for found in (inner for expression in expressions for inner in ast.walk(expression)):
            if isinstance(found, ast.NamedExpr):
                self._bind(found.target, found.value, steered)

    def _bind(self, target: ast.expr, value: ast.expr, steered: bool) -> None:
        pair = (target, value)
        if all(isinstance(node, ast.Tuple | ast.List) for node in pair) and len(target.elts) == len(value.elts):  # type: ignore[attr-defined]
            for one, other in zip(target.elts, value.elts, strict=True):  # type: ignore[attr-defined]
                self._bind(one, other, steered)
        else:
            lent = isinstance(target, ast.Name) and target.id in self.handed and _is_container(value)
            self._name(target, self.literal(value) and not steered and not lent)

    def _name(self, target: ast.expr | None, constant: bool) -> None:
        """Note every name that a target binds."""
        for node in ast.walk(target) if isinstance(target, ast.Name | ast.Tuple | ast.List | ast.Starred) else ():
            if isinstance(node, ast.Name):
                self.lines.pop(node.id, None)
                if constant:
                    self.lines[node.id] = node.lineno

    def literal(self, node: ast.expr) -> bool:
        """True where nothing computed flows into an expression."""
        match node:
            case ast.Constant():
                return True
            case ast.Name(id=name):
                return name in _BUILTINS or name == "__name__" or (name in self.lines and name not in self.touched)
            case ast.Attribute(value=ast.Name(id=name)) if name in self.modules:
                return node.attr in _MAKERS | {"pi", "e", "inf", "nan"}
            case ast.Attribute(value=value):
                return self.literal(value)
            case ast.Call(func=called):
                made = called.id in self.makers if isinstance(called, ast.Name) else self.literal(called)
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                return made and all(map(self.literal, given))
        children = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        if isinstance(node, ast.List | ast.Dict) and not children:
            return False  # what is empty waits to be filled, in whatever way
        return isinstance(node, _BUILT + _ASKED) and all(map(self.literal, children))


def _leaves(loop: ast.AST) -> bool:
    """True where a loop may end before its time."""
    return any(isinstance(node, ast.Break | ast.Continue) for node in ast.walk(loop))


def _is_container(value: ast.expr) -> bool:
    """True for what a function may fill when it is handed on: a list, a dictionary, an array."""
    return any(
        isinstance(node, ast.List | ast.Dict | ast.Set)
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
        for node in ast.walk(value)
    )


def _touched(tree: ast.Module) -> Iterator[str]:
    """Names that something changes without binding them: filled, stored into, or made global."""
    for node in ast.walk(tree):
        match node:
            case ast.Global():
                yield from node.names
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute)) if attribute in _FILLING:
                yield name


def _handed(tree: ast.Module, harmless: set[str]) -> Iterator[str]:
    """Names handed to a function that may fill them; `harmless` ones, NumPy among them, do so only to `out=`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        base = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        known = isinstance(base, ast.Name) and base.id in harmless
        if known and isinstance(node.func, ast.Attribute) and node.func.attr in {"copyto", "put", "place", "putmask"}:
            known = False
        given = [] if known else [*node.args]
        given += [keyword.value for keyword in node.keywords if not known or keyword.arg == "out"]
        yield from (name.id for name in given if isinstance(name, ast.Name))

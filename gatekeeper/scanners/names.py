"""What the names of one file stand for: imports under every alias, wherever they stand, and what is assigned from them.

A name may stand for several things (a conditional import, the same alias in two functions); each of them counts.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

_IMPORTERS = frozenset({"__import__", "importlib.import_module", "importlib.__import__"})
_BUILTINS = ("builtins.", "__builtins__.")
_DEEPEST = 24  # parts of a name that are followed
_MOST = 64  # meanings of one name
_ROUNDS = 4  # over the assignments, for chains that run backwards

Meanings = frozenset[str]
_NONE: Meanings = frozenset()


class Names:
    """Qualified names, as far as one file's own text tells them."""

    def __init__(self, tree: ast.Module) -> None:
        """Read every import, then every assignment whose value comes from one."""
        self.aliases: dict[str, set[str]] = {}
        for node in ast.walk(tree):
            for name, meaning in _imported(node):
                self.aliases.setdefault(name, set()).add(meaning)
        for name in self._replaced_in_part(tree):
            self.aliases[name].add(name)
        assigned = list(_assigned(tree))
        for _ in range(_ROUNDS):
            if not sum(self._learn(name, value) for name, value in assigned):  # all of them: any() would stop
                break

    def of(self, node: ast.expr, *, literal: bool = True, room: int = _DEEPEST) -> Meanings:
        """What an expression may stand for; a name that nothing was learnt of stands for itself where `literal`."""
        if not room:
            return _NONE
        match node:
            case ast.Name(id=name):
                return frozenset(self.aliases.get(name, {name} if literal else ()))
            case ast.Attribute(value=value, attr=attr):
                return frozenset(f"{each}.{attr}" for each in self.of(value, literal=literal, room=room - 1))
            case ast.NamedExpr(value=value):
                return self.of(value, literal=literal, room=room - 1)
            case ast.Call():
                return self._looked_up(node, literal, room - 1)
            case ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
                of = self.of(value, room=room - 1)
                return frozenset(found for each in of if (found := _item(each, key)))
            case _:
                return _NONE

    def _looked_up(self, node: ast.Call, literal: bool, room: int) -> Meanings:
        """What `__import__("module")`, `getattr(module, "name")` and `vars(module)` get at."""
        functions = {plain(name) for name in self.of(node.func, room=room)}
        arguments = [*node.args, *(word.value for word in node.keywords if word.arg in ("name", "object"))]
        text = next((a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)), "")
        found: set[str] = set()
        if functions & _IMPORTERS and text:
            found |= {text, text.partition(".")[0]} if "__import__" in functions else {text}
        if "getattr" in functions and len(node.args) >= 2 and text:
            found |= {f"{each}.{text}" for each in self.of(node.args[0], literal=literal, room=room)}
        if "vars" in functions and len(node.args) == 1:
            found |= {f"{each}.__dict__" for each in self.of(node.args[0], literal=literal, room=room)}
        return frozenset(found)

    def _learn(self, name: str, value: ast.expr) -> bool:
        known = self.aliases.get(name, set())
        more = self.of(value, literal=False) - known
        if not more or len(known) + len(more) > _MOST:
            return False
        self.aliases[name] = known | more
        return True

    def _replaced_in_part(self, tree: ast.Module) -> list[str]:
        """Built-in functions that an import replaces in one function or branch, and not in the rest of the file."""
        whole = {name for node in tree.body for name, _ in _imported(node)}
        return [name for name in self.aliases if name not in whole and hasattr(builtins, name)]


def plain(name: str) -> str:
    """A name without the module of the built-in ones."""
    return next((name.removeprefix(each) for each in _BUILTINS if name.startswith(each)), name)


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (top, top)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                yield name, value
            case _:
                pass


def _item(holder: str, key: str) -> str:
    """What `sys.modules["m"]`, `m.__dict__["f"]` and `__builtins__["f"]` get at."""
    if holder in ("sys.modules", "__builtins__"):
        return key
    return f"{holder.removesuffix('.__dict__')}.{key}" if holder.endswith(".__dict__") else ""

"""What names stand for where they are used: only an import, a literal, or an object of a class that the code shows."""

import ast
import builtins
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from reviewer.analysis import stdlib
from reviewer.analysis.scopes import Scope, Scopes
from reviewer.analysis.source import Source
from reviewer.analysis.tree import Tree, dotted, full_name, tree_of

_LITERALS: Mapping[type[ast.expr], str] = {
    ast.List: "list", ast.ListComp: "list", ast.Dict: "dict", ast.DictComp: "dict", ast.Set: "set", ast.SetComp: "set",
    ast.JoinedStr: "str",
}  # fmt: skip
BUILTIN_TYPES = frozenset({"str", "list", "dict", "set", "tuple", "int", "float", "bytes", "bool", "frozenset"})
# What stands for a type there is no class with members of its own.
_NO_CLASSES = frozenset({"typing", "typing_extensions", "types", "abc", "collections.abc", "ctypes", "unittest.mock"})


@dataclass(frozen=True, slots=True)
class Bound:
    """What the names of one file stand for where they are used."""

    source: Source
    tree: Tree
    scopes: Scopes

    def binding(self, name: str, node: ast.AST) -> ast.AST | None:
        """Return the only thing that binds the name where the node stands."""
        owner = self._owner(name, node)
        bindings = owner.bindings.get(name, []) if owner is not None else []
        return bindings[0] if owner is not None and len(bindings) == 1 and name not in owner.remote else None

    def is_bound(self, name: str, node: ast.AST) -> bool:
        return self._owner(name, node) is not None

    def is_only_imported(self, name: str, node: ast.AST) -> bool:
        """True if nothing but imports of one and the same thing bind the name."""
        owner = self._owner(name, node)
        bindings = owner.bindings.get(name, []) if owner is not None else []
        return (
            bool(bindings)
            and all(isinstance(each, ast.alias) for each in bindings)
            and len({each.name for each in bindings if isinstance(each, ast.alias)}) == 1
        )

    def is_narrowed(self, name: str) -> bool:
        """True if the file asks what a variable of this name is: then its type says too little."""
        return name in _names_asked(self.source.tree)

    def kind_of(self, binding: ast.AST) -> tuple[str, str] | None:
        """Return the module and the name of the class of what a binding gives the name."""
        if isinstance(binding, ast.arg):
            kind = binding.annotation
            owner = self.tree.parents.get(binding)
            if isinstance(owner, ast.arguments) and binding in (owner.vararg, owner.kwarg):
                return None
        elif isinstance(binding, ast.ExceptHandler):
            kind = binding.type
        else:
            return self._kind_of_value(binding)
        if isinstance(kind, ast.Constant) and isinstance(kind.value, str) and kind.value.isidentifier():
            name: str | None = self.source.imports.get(kind.value, kind.value)
        else:
            name = full_name(kind.value if isinstance(kind, ast.Subscript) else kind, self.source)
        return self._class_of(name)

    def _owner(self, name: str, node: ast.AST) -> Scope | None:
        around = next((each for each in self.tree.above(node) if each in self.scopes.by_node), None)
        return self.scopes.by_node[around].lookup(name) if around is not None else None

    def _kind_of_value(self, binding: ast.AST) -> tuple[str, str] | None:
        parent = self.tree.parents.get(binding)
        if isinstance(parent, ast.AnnAssign):
            return self._class_of(
                full_name(
                    parent.annotation.value if isinstance(parent.annotation, ast.Subscript) else parent.annotation,
                    self.source,
                )
            )
        if not isinstance(parent, ast.Assign) or len(parent.targets) != 1 or parent.targets[0] is not binding:
            return None
        value = parent.value
        kind = kind_of_literal(value)
        if kind is not None:
            return ("builtins", kind) if kind in BUILTIN_TYPES else None
        return self._class_of(full_name(value.func, self.source)) if isinstance(value, ast.Call) else None

    def _class_of(self, name: str | None) -> tuple[str, str] | None:
        if name is None:
            return None
        module, _, last = name.rpartition(".")
        if not module:
            is_known = last in BUILTIN_TYPES or (last in vars(builtins) and last.endswith(("Error", "Exception")))
            return ("builtins", last) if is_known and last not in self.scopes.module.bindings else None
        thing = (stdlib.module(module) or {}).get(last) if module not in _NO_CLASSES else None
        return (module, last) if thing is not None and thing.is_class and not is_enum(module, last) else None


def kind_of_literal(value: ast.expr) -> str | None:
    """Return the type of a literal, a display, a comprehension or an f-string."""
    return _LITERALS.get(type(value)) or (type(value.value).__name__ if isinstance(value, ast.Constant) else None)


def is_enum(module: str, name: str) -> bool:
    """True for an enumeration of the library, and for what it does not have."""
    thing = (stdlib.module(module) or {}).get(name)
    return thing is None or any("Enum" in base or "Flag" in base for base in thing.bases or ())


@lru_cache(maxsize=8)
def _names_asked(module: ast.Module) -> frozenset[str]:
    asking = ("isinstance", "hasattr", "getattr", "type", "cast", "typing.cast", "callable", "setattr")
    calls = (call for call in tree_of(module).nodes(ast.Call) if dotted(call.func) in asking)
    return frozenset(name for call in calls for part in call.args if (name := dotted(part)) is not None)

"""What a call in a file calls, where the file itself defines it, and by which signature.

Knows nothing of what is bound more than once, decorated, or inherited from classes that are not here.
"""

import ast
import builtins
from dataclasses import dataclass, field
from functools import cached_property

from reviewer.analysis.scopes import Kind, Scopes, scopes_of
from reviewer.analysis.signatures import Signature, dataclass_signature, signature_from
from reviewer.analysis.source import Source
from reviewer.analysis.tree import FUNCTIONS, Function, Tree, dotted, methods_of, names_stored, quote

_HARMLESS = frozenset(
    {"staticmethod", "classmethod", "abstractmethod", "abc.abstractmethod", "override", "typing.override"}
)
_DATACLASS = frozenset({"dataclass", "dataclasses.dataclass"})
_MOST_BASES = 50
_SHORT = 2
_EXCEPTIONS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)
_PLAIN = (ast.Expr, ast.Pass, ast.Assign, ast.AnnAssign, *FUNCTIONS)


@dataclass(frozen=True)
class Callees:
    """What the calls of one file call; each definition is read once."""

    source: Source
    tree: Tree
    _signatures: dict[ast.AST, Signature | None] = field(default_factory=dict)

    def signature_of(self, call: ast.Call) -> Signature | None:
        """Return what the function, class or method called takes, if nothing else can be meant."""
        match call.func:
            case ast.Name(id=name):
                return self._named(name, call)
            case ast.Attribute(value=ast.Name(id="self" | "cls" as owner), attr=method):
                return self._method(owner, method, call)
            case ast.Attribute(value=ast.Call(func=ast.Name("super"), args=[]), attr=method):
                return self._of_parent(method, call)
            case ast.Attribute(value=ast.Call(func=ast.Name(id=owner)), attr=method):
                return self._of_instance(self.definition(owner, call), method)
            case ast.Attribute(value=ast.Name(id=owner), attr=method):
                return self._of_class(owner, method, call)
        return None

    def definition(self, name: str, node: ast.AST) -> ast.AST | None:
        """Return the only thing that binds the name where the node stands."""
        scopes = self.scopes
        if scopes.has_stars or scopes.is_open:
            return None
        around = next((each for each in self.tree.above(node) if each in scopes.by_node), None)
        scope = scopes.by_node.get(around) if around is not None else None
        owner = scope.lookup(name) if scope is not None else None
        if owner is None or owner.kind is Kind.CLASS or len(owner.bindings[name]) != 1:
            return None
        return owner.bindings[name][0]

    @cached_property
    def scopes(self) -> Scopes:
        return scopes_of(self.source.tree)

    def _named(self, name: str, call: ast.AST) -> Signature | None:
        definition = self.definition(name, call)
        if definition is not None and definition not in self._signatures:
            self._signatures[definition] = self._read(definition)
        return self._signatures.get(definition) if definition is not None else None

    def _read(self, node: ast.AST) -> Signature | None:
        if isinstance(node, FUNCTIONS):
            return signature_from(node.name, node.args, 0) if not node.decorator_list else None
        if isinstance(node, ast.ClassDef):
            return self._constructor(node)
        parent = self.tree.parents.get(node)
        if isinstance(parent, ast.Assign) and isinstance(parent.value, ast.Lambda) and len(parent.targets) == 1:
            return signature_from(quote(node), parent.value.args, 0)
        return None

    def _constructor(self, node: ast.ClassDef) -> Signature | None:
        line = self._ancestry(node)
        if line is None:
            return None
        decorated = [each for owner in line for each in owner.decorator_list]
        if decorated and len(line) == 1 and all(_name_of(each) in _DATACLASS for each in decorated):
            return dataclass_signature(node, decorated[0])
        if decorated or any("__call__" in methods_of(owner) and owner.keywords for owner in line):
            return None
        for owner in line:
            methods = methods_of(owner)
            found = methods.get("__new__") or methods.get("__init__")
            if found and "__new__" in methods and "__init__" in methods:
                return None
            if found:
                is_plain = len(found) == 1 and not found[0].decorator_list
                return signature_from(node.name, found[0].args, 1) if is_plain else None
        is_special = any(_name_of(base) in _EXCEPTIONS for owner in line for base in owner.bases)
        has_other = any(not isinstance(part, _PLAIN) for owner in line for part in owner.body)
        if has_other or is_special:
            return None
        return Signature(node.name, (), frozenset(), (), takes_more=False, takes_any_name=False)

    def _ancestry(self, node: ast.ClassDef) -> list[ast.ClassDef] | None:
        """Return the class and all it inherits from, in the order methods are looked up; None if some is not here."""
        found: list[ast.ClassDef] = []
        todo = [node]
        while todo and len(found) < _MOST_BASES:
            owner = todo.pop(0)
            if owner.keywords:
                return None
            if owner not in found:
                found.append(owner)
            for base in owner.bases:
                name = _name_of(base)
                definition = self.definition(name, owner) if name and "." not in name else None
                if isinstance(definition, ast.ClassDef):
                    todo.append(definition)
                elif name != "object" and name not in _EXCEPTIONS:
                    return None
        return found

    def _method(self, owner: str, name: str, call: ast.Call) -> Signature | None:
        function = self.tree.function(call)
        around = self.tree.scope(function) if function is not None else None
        if not isinstance(around, ast.ClassDef) or function is None:
            return None
        first = (*function.args.posonlyargs, *function.args.args)[:1]
        if not first or first[0].arg != owner or "staticmethod" in [dotted(each) for each in function.decorator_list]:
            return None
        return self._of_definition(around, name)

    def _of_class(self, owner: str, name: str, call: ast.Call) -> Signature | None:
        """Return the signature of a method called on a class, or on a variable that holds an instance of one."""
        node = self.definition(owner, call)
        given = self.tree.parents.get(node) if isinstance(node, ast.Name) else None
        if isinstance(given, ast.Assign) and isinstance(given.value, ast.Call) and given.targets == [node]:
            made = given.value.func
            return self._of_instance(self.definition(made.id, given), name) if isinstance(made, ast.Name) else None
        if not isinstance(node, ast.ClassDef) or node.decorator_list or node.keywords:
            return None
        found = methods_of(node).get(name, [])
        if len(found) != 1 or name in names_stored(node) or (not found[0].decorator_list and name.startswith("__")):
            return None
        if not found[0].decorator_list:
            # Called on the class, a plain method wants its object too.
            return signature_from(f"{owner}.{name}", found[0].args, 0)
        return self._of_definition(node, name)

    def _of_instance(self, node: ast.AST | None, name: str) -> Signature | None:
        if not isinstance(node, ast.ClassDef) or node.decorator_list or "__new__" in methods_of(node):
            return None
        return self._of_definition(node, name)

    def _of_parent(self, name: str, call: ast.Call) -> Signature | None:
        function = self.tree.function(call)
        around = self.tree.scope(function) if function is not None else None
        line = self._ancestry(around) if isinstance(around, ast.ClassDef) else None
        # With one base each, what `super()` finds does not depend on who inherits from whom.
        if line is None or any(len(owner.bases) > 1 or owner.decorator_list for owner in line):
            return None
        owner = next((each for each in line[1:] if name in methods_of(each)), None)
        return self._of_definition(owner, name) if owner is not None else None

    def _of_definition(self, owner: ast.ClassDef, name: str) -> Signature | None:
        found = methods_of(owner).get(name, [])
        if not found:
            line = self._ancestry(owner) or []
            owner = next((each for each in line if name in methods_of(each)), owner)
            found = methods_of(owner).get(name, [])
        if len(found) != 1 or name in names_stored(owner) or _is_stated_only(found[0]):
            return None
        kinds = {_name_of(each) for each in found[0].decorator_list}
        if not kinds <= _HARMLESS:
            return None
        return signature_from(name, found[0].args, 0 if "staticmethod" in kinds else 1)


def _name_of(node: ast.expr) -> str:
    return dotted(node.func if isinstance(node, ast.Call) else node) or ""


def _is_stated_only(function: Function) -> bool:
    """True for a method that heirs are to write, with what parameters they like."""
    return isinstance(function.body[-1], ast.Raise) and len(function.body) <= _SHORT

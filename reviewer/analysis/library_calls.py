"""Whether calls fit what functions of the library take, and whether what is called can be."""

import ast
import builtins
from dataclasses import dataclass

from reviewer.analysis import stdlib
from reviewer.analysis.bound_names import Bound, kind_of_literal
from reviewer.analysis.finding import Severity
from reviewer.analysis.known_libraries import KEYWORDS
from reviewer.analysis.meant_names import suggestion
from reviewer.analysis.regex import regex
from reviewer.analysis.tree import dotted, full_name, quote

_Fault = tuple[str, Severity | None]
_NO_VALUES = frozenset({"NoneType", "ellipsis"})
_COLUMNS = regex(r"sqlalchemy(\.\w+)*\.(Column|mapped_column)")
_NO_COLUMN_TYPES = frozenset(
    {
        "decimal.Decimal",
        "datetime.datetime",
        "datetime.date",
        "str",
        "int",
        "float",
        "bool",
        "bytes",
        "dict",
        "list",
        "uuid.UUID",
    }
)
_JSON = frozenset({"json.dump", "json.dumps", "json.load", "json.loads"})


@dataclass(frozen=True, slots=True)
class LibraryCalls:
    """Judges calls of one file by what the library's functions take."""

    bound: Bound

    def fault(self, call: ast.Call) -> _Fault | None:
        """Return what is wrong with a call, as far as its function is known."""
        name = full_name(call.func, self.bound.source)
        if name is None:
            return None
        if isinstance(call.func, ast.Name) and call.func.id not in self.bound.source.imports:
            fault = self._uncallable(call.func)
            if fault is not None:
                return fault
        if _COLUMNS.fullmatch(name):
            return self._column(call, name)
        first = (dotted(call.func) or "").partition(".")[0]
        given = [keyword.arg for keyword in call.keywords if keyword.arg]
        if not given or (first in self.bound.source.imports and not self.bound.is_only_imported(first, call)):
            return None
        known = self._keywords_of(name, first, call, is_plain="cls" not in given)
        is_open = known is not None and "**" in known and name not in _JSON
        unknown = [each for each in given if known is not None and each not in known and not is_open]
        if not unknown or known is None:
            return None
        return f"`{name}()` takes no `{unknown[0]}=`{suggestion('', unknown[0], known)}", None

    def _uncallable(self, func: ast.Name) -> _Fault | None:
        """Report a call of a variable that holds a literal."""
        binding = self.bound.binding(func.id, func)
        if binding is None or self.bound.is_narrowed(func.id):
            return None
        parent = self.bound.tree.parents.get(binding)
        kind = kind_of_literal(parent.value) if isinstance(parent, ast.Assign) and parent.targets == [binding] else None
        if kind is None or kind in _NO_VALUES:
            return None
        return f"`{func.id}` is a `{kind}`, which cannot be called", None

    def _keywords_of(self, name: str, first: str, call: ast.Call, *, is_plain: bool) -> frozenset[str] | None:
        if first not in self.bound.source.imports:
            if name not in vars(builtins) or self.bound.scopes.has_stars or self.bound.is_bound(name, call):
                return None
            name = f"builtins.{name}"
        if name in KEYWORDS:
            return KEYWORDS[name]
        module, _, last = name.rpartition(".")
        thing = (stdlib.module(module) or {}).get(last)
        if thing is None or thing.keywords is None:
            return None
        if name in _JSON:
            # What else these take, they hand on to the class that `cls=` names.
            return thing.keywords if is_plain else None
        # A class whose bases take part in making it, and what decorators may have changed, is not known.
        return thing.keywords if thing.keywords or not thing.is_class else None

    def _column(self, call: ast.Call, name: str) -> _Fault | None:
        for argument in call.args[:2]:
            kind = full_name(argument, self.bound.source)
            if kind in _NO_COLUMN_TYPES and kind not in self.bound.scopes.module.bindings:
                return (
                    f"`{name.rpartition('.')[2]}` wants a type of SQLAlchemy's own, not Python's `{quote(argument)}`",
                    None,
                )
        return None

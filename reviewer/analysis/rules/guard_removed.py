import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.foreign_guards import words_removed
from reviewer.analysis.languages import language_of
from reviewer.analysis.nullguards import without_guards
from reviewer.analysis.protection import Protection, check_key, last_name, protections_in
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import DiffRule, Example, LineSighting
from reviewer.analysis.source import nodes_in
from reviewer.analysis.twins import Scope, own_nodes, place_of, twins_of

_LANGUAGES = frozenset({"javascript", "typescript", "go", "java", "kotlin", "csharp", "php", "ruby"})
_MAY_PROTECT = regex(
    r"^\s*(@|if\b|while |elif |assert |with |async with |except|finally|class |\w+_classes)|\[:|limit| if | or | and |"
    r"escape|quote|saniti|valid|check|verif|ensure|require|auth|safe|secure|compare_digest|relative_to|raise_|rollback|"
    r"clean|perm|select_for|acquire|sync|atomic|abort|path\(|name\(|urlencode|format_html|Depends|wait_for|"
    r"max\(|get\(|getattr|"
    r"timeout|return_exceptions|encoding|max_|maxsize|httponly|samesite|algorithms|Loader|strict|ssl|chunksize|"
    r"\b[gl][et]=|unique|allowed|idempotency|weights_only|allow_|shell=|resolve_entities|follow_|filter=|context=",
    re.IGNORECASE,
)
_CHECKS = frozenset({"raise", "return", "assert", "wrap"})
_NEEDED = frozenset({"lock", "wrap", "except", "finally"})
_QUIET = frozenset({"slice", "limit", "except", "finally", "wrap", "return", "assert"})
_VENDORED = regex(r"(^|/)(_?vendor|_?vendored|third_party|node_modules|dist|static/\w+/js/vendor)/|\.min\.js$")
_PAST = regex(r"PY2|PY3|legacy|deprecat|version|compat", re.IGNORECASE)
_GONE_AT_MOST = 2
_REWRITTEN = 3
_SPACE = regex(r"\s+")


class GuardRemoved(DiffRule):
    """What protected this code is gone: a check, a lock, an escape, a timeout or an access decorator.

    Why look: the guard was put there for a case that still exists, and nothing in the change takes its place.
    Ask: what protects this now?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 693

    INVALID = (
        Example(
            "def delete(request, key):\n    Order.remove(key)\n",
            before="@login_required\ndef delete(request, key):\n    Order.remove(key)\n",
        ),
        Example(
            "def pay(user, amount):\n    charge(user, amount)\n",
            before="def pay(user, amount):\n    if amount <= 0:\n        raise ValueError(amount)\n"
            "    charge(user, amount)\n",
        ),
        Example(
            "def load(url):\n    return requests.get(url)\n",
            before="def load(url):\n    return requests.get(url, timeout=TIMEOUT)\n",
        ),
        Example(
            "def build(command):\n    subprocess.run(command)\n",
            before="def build(command):\n    subprocess.run(command, check=True)\n",
        ),
        Example(
            "def add(self, order):\n    self.orders[order.key] = order\n    self.count += 1\n",
            before="def add(self, order):\n    with self._lock:\n        self.orders[order.key] = order\n"
            "        self.count += 1\n",
        ),
        Example(
            "def show(name):\n    return '<b>' + name + '</b>'\n",
            before="def show(name):\n    return '<b>' + html.escape(name) + '</b>'\n",
        ),
        Example(
            "def newest(orders):\n    return orders.filter(paid=True)\n",
            before="def newest(orders):\n    return orders.filter(paid=True).limit(100)\n",
        ),
        Example(
            "def mail(user):\n    return user.mail\n",
            before="def mail(user):\n    return user.mail if user is not None else None\n",
        ),
        Example(
            "class Orders(ListView):\n    model = Order\n",
            before="class Orders(LoginRequiredMixin, ListView):\n    model = Order\n",
        ),
        Example(
            "router.delete('/orders/:id', remove);\n", path="shop/routes.js",
            before="router.delete('/orders/:id', requireAdmin, remove);\n",
        ),
        Example(
            "function pay(amount) {\n  charge(amount);\n}\n", path="shop/pay.ts",
            before="function pay(amount) {\n  if (amount <= 0) {\n    throw new Error('amount');\n"
            "  }\n  charge(amount);\n}\n",
        ),
    )  # fmt: skip
    VALID = (
        Example(
            "@permission_required('shop.delete')\n@login_required\ndef delete(request, key):\n    Order.remove(key)\n",
            before="@login_required\ndef delete(request, key):\n    Order.remove(key)\n",
        ),
        Example(
            "def pay(user, amount):\n    if amount < 1:\n        raise ValueError(amount)\n"
            "    charge(user, amount)\n",
            before="def pay(user, amount):\n    if amount <= 0:\n        raise ValueError(amount)\n"
            "    charge(user, amount)\n",
        ),
        Example(
            "def pay(user, amount):\n    check_amount(amount)\n    charge(user, amount)\n\n\n"
            "def check_amount(amount):\n    if amount <= 0:\n        raise ValueError(amount)\n",
            before="def pay(user, amount):\n    if amount <= 0:\n        raise ValueError(amount)\n"
            "    charge(user, amount)\n",
        ),
        Example(
            "def pay(user, amount):\n    must_be_positive(amount)\n    charge(user, amount)\n",
            before="def pay(user, amount):\n    if amount <= 0:\n        raise ValueError(amount)\n"
            "    charge(user, amount)\n",
            beside={"shop/amounts.py": "def must_be_positive(amount):\n    assert amount > 0\n"},
        ),
        Example(
            "def load(url):\n    return session.get(url)\n",
            before="def load(url):\n    return requests.post(url, timeout=TIMEOUT)\n",
        ),
        Example("RATE = 2\n", before="@login_required\ndef delete(request, key):\n    remove(key)\n\n\nRATE = 2\n"),
        Example(
            "def total(orders):\n    return sum(orders)\n",
            before="def total(orders):\n    if len(orders) == 0:\n        return 0\n    cart = 0\n"
            "    for order in orders:\n        cart += order\n    return cart\n",
        ),
        Example(
            "def add(self, order):\n    self.orders.put(order)\n",
            before="def add(self, order):\n    with self._lock:\n        self.orders[order.key] = order\n",
        ),
        Example(
            "def test_it():\n    load()\n", path="tests/test_it.py", before="def test_it():\n    load(timeout=5)\n",
        ),
        Example(
            "router.delete('/orders/:id', requireOwner, requireAdmin, remove);\n", path="shop/routes.js",
            before="router.delete('/orders/:id', requireAdmin, remove);\n",
        ),
    )  # fmt: skip

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        arrived = _Arrived(change)
        for file in change.files:
            if (
                file.is_test
                or file.is_example
                or _VENDORED.search(file.name)
                or not file.removed
                or file.new_text is None
                or file.old_text is None
            ):
                continue
            if file.is_python:
                yield from ((file, sighting) for sighting in _python(file, arrived))
            elif language_of(file) in _LANGUAGES:
                yield from ((file, sighting) for sighting in _foreign(file, arrived))


@dataclass(frozen=True)
class _Arrived:
    """What the change adds, anywhere."""

    change: Change

    @cached_property
    def text(self) -> str:
        """All added lines, without blanks."""
        return "\n".join(_squeezed(file.lines[line - 1]) for file in self.change.files for line in sorted(file.added))

    @cached_property
    def functions(self) -> frozenset[str]:
        return frozenset(re.findall(r"^(?:async)?def(\w+)\(", self.text, re.MULTILINE))


def _python(file: ChangedFile, arrived: _Arrived) -> Iterator[LineSighting]:
    old_lines = file.before.lines
    # A line that is only indented anew is still there.
    kept = {_squeezed(file.lines[line - 1]) for line in file.added}
    gone = [line for line in file.removed if _squeezed(old_lines[line - 1]) not in kept]
    lines = [line for line in gone if _MAY_PROTECT.search(old_lines[line - 1])]
    for twin in twins_of(file) if lines else ():
        if twin.old is not None and twin.new is not None and _is_touched(twin.old, lines) and not twin.is_deep:
            sides = _Sides(file, twin.name, twin.old, twin.new, arrived)
            shown: dict[int, LineSighting] = {}
            for sighting in (*sides.removed_protections(), *sides.bared_values()):
                shown.setdefault(sighting.line, sighting)
            yield from list(shown.values())[:_GONE_AT_MOST]


def _is_touched(scope: Scope, lines: Sequence[int]) -> bool:
    if isinstance(scope, ast.Module):
        return True
    first = min([scope.lineno, *(decorator.lineno for decorator in scope.decorator_list)])
    return any(first <= line <= (scope.end_lineno or first) for line in lines)


@dataclass(frozen=True)
class _Sides:
    """One scope before and after."""

    file: ChangedFile
    name: str
    old: Scope
    new: Scope
    arrived: _Arrived

    def removed_protections(self) -> Iterator[LineSighting]:
        left = Counter(protection.key for protection in self._protections_now)
        for protection in protections_in(self.old):
            left[protection.key] -= 1
            line = getattr(protection.node, "lineno", 0)
            if left[protection.key] >= 0 or protection.key in self._tests_now or not self._is_cut(protection.node):
                continue
            if self._is_missed(protection) and not self._has_moved(protection, line):
                where = f"`{self.name}`" if self.name else "here"
                message = f"`{protection.shown}` no longer protects {where}"
                yield LineSighting(self._place(line), message, _severity(protection))

    def bared_values(self) -> Iterator[LineSighting]:
        """Yield where `x.y if x else None` became `x.y`."""
        for node in own_nodes(self.old):
            if isinstance(node, _SIMPLE) and self._is_cut(node):
                bared = without_guards(node)
                if (
                    bared is not None
                    and bared.dump in self._statements_now
                    and ast.dump(node) not in self._statements_now
                ):
                    message = f"`{bared.guards[0]}` no longer guards against a missing value"
                    yield LineSighting(self._place(node.lineno), message, Severity.LOW)

    @cached_property
    def _protections_now(self) -> list[Protection]:
        return list(protections_in(self.new))

    @cached_property
    def _tests_now(self) -> set[str]:
        """The keys of all that is asked anywhere in the new scope, however it is asked."""
        tests: list[ast.expr] = []
        for node in own_nodes(self.new):
            if isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert)):
                tests.append(node.test)
            elif isinstance(node, ast.comprehension):
                tests += node.ifs
            elif isinstance(node, ast.BoolOp):
                tests += node.values
        return {check_key(test, outcome=outcome) for test in tests for outcome in (True, False)}

    @cached_property
    def _statements_now(self) -> frozenset[str]:
        return frozenset(ast.dump(node) for node in own_nodes(self.new) if isinstance(node, ast.stmt))

    @cached_property
    def _names_now(self) -> frozenset[str]:
        return frozenset(_names(own_nodes(self.new)))

    def _other_changes(self, protection: Protection) -> int:
        """Count the plain statements that went or came besides those of the guard itself."""
        own = {ast.dump(node) for node in nodes_in(protection.node) if isinstance(node, ast.stmt)} - protection.needs
        before, now = (Counter(_plain(scope)) for scope in (self.old, self.new))
        lost = sum((before - now)[each] for each in before if each not in own)
        return max(lost, (now - before).total())

    def _is_cut(self, node: ast.AST) -> bool:
        first = getattr(node, "lineno", 0)
        body = getattr(node, "body", None)
        last = first if body else getattr(node, "end_lineno", first)
        return any(first <= line <= last for line in self.file.removed)

    def _is_missed(self, protection: Protection) -> bool:
        """True if what was protected is still there, and still could do with it."""
        kind = protection.kind
        if kind in _NEEDED and protection.needs.isdisjoint(self._statements_now):
            return False
        if kind == "keyword":
            return self._calls_without(protection)
        if kind in ("decorator", "base", "class", "limit"):
            return True
        if self._other_changes(protection) > self._changes_allowed(protection) or self._came_instead(protection):
            return False
        if kind in ("except", "finally"):
            return True
        if kind == "lock":
            return True
        names = _names(nodes_in(_subject(protection))) - {"self", "cls"}
        if names and names.isdisjoint(self._names_now):
            return False
        return kind not in _CHECKS or not self._is_edited(protection, names)

    def _changes_allowed(self, protection: Protection) -> int:
        if protection.is_security:
            return _REWRITTEN
        return 0 if protection.kind in ("wrap", "return", "except") else 1

    def _came_instead(self, protection: Protection) -> bool:
        """True if something of the same kind is new; for a quiet one, if any other check is."""
        kinds = _CHECKS if protection.kind in ("wrap", "return") and not protection.is_security else {protection.kind}
        if protection.kind in ("raise", "assert") or _PAST.search(protection.shown):
            return _PAST.search(protection.shown) is not None
        return any(each.kind in kinds for each in self._new_protections)

    @cached_property
    def _new_protections(self) -> list[Protection]:
        before = {each.key for each in protections_in(self.old)}
        return [each for each in self._protections_now if each.key not in before]

    def _is_edited(self, protection: Protection, names: set[str]) -> bool:
        """True if another check of the same things is new; one that keeps people out is not replaced by just any."""
        return any(
            each.kind in _CHECKS and not names.isdisjoint(_names(nodes_in(_subject(each))))
            for each in self._new_protections
            if each.is_security or not protection.is_security
        )

    def _calls_without(self, protection: Protection) -> bool:
        """True if more calls than before do without the keyword."""
        keyword = protection.shown.partition("=")[0]
        counts = [
            sum(
                isinstance(node, ast.Call)
                and last_name(node.func) in protection.needs
                and not any(each.arg in (keyword, None) for each in node.keywords)
                for node in own_nodes(scope)
            )
            for scope in (self.old, self.new)
        ]
        return counts[1] > counts[0] or (
            protection.key not in {each.key for each in self._protections_now} and self._is_off(protection, keyword)
        )

    def _is_off(self, protection: Protection, keyword: str) -> bool:
        return any(
            isinstance(node, ast.Call)
            and last_name(node.func) in protection.needs
            and any(each.arg == keyword and isinstance(each.value, ast.Constant) for each in node.keywords)
            for node in own_nodes(self.new)
        )

    def _has_moved(self, protection: Protection, line: int) -> bool:
        """True if the same words, or a helper that may hold them, came in elsewhere."""
        if protection.kind != "finally" and _squeezed(self.file.before.lines[line - 1]) in self.arrived.text:
            return True
        if protection.kind in ("decorator", "base"):
            return last_name(protection.node) in self.arrived.text
        if protection.kind in ("call", "lock") and f"{last_name(protection.node)}(" in self.arrived.text:
            return True
        before = {last_name(node) for node in own_nodes(self.old) if isinstance(node, ast.Call)}
        called = {last_name(node) for node in own_nodes(self.new) if isinstance(node, ast.Call)} - before
        return protection.kind != "keyword" and not called.isdisjoint(self.arrived.functions)

    def _place(self, line: int) -> int:
        place = place_of(self.file, line)
        last = getattr(self.new, "end_lineno", None)
        return place if last is None or place in self.file.added else min(place, last)


_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr, ast.Raise, ast.Delete)


def _plain(scope: Scope) -> Iterator[str]:
    return (ast.dump(node) for node in own_nodes(scope) if isinstance(node, _SIMPLE))


def _subject(protection: Protection) -> ast.AST:
    """Return what a protection is about: the test of a check, the whole of anything else."""
    node = protection.node
    return node.test if isinstance(node, (ast.If, ast.Assert)) else node


def _names(nodes: Iterator[ast.AST]) -> set[str]:
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def _severity(protection: Protection) -> Severity:
    if protection.is_security and protection.kind not in _QUIET:
        return Severity.HIGH
    return Severity.LOW if protection.kind in _QUIET and not protection.is_security else Severity.MEDIUM


def _foreign(file: ChangedFile, arrived: _Arrived) -> Iterator[LineSighting]:
    """Look at lines of other languages: words that protect, and are neither here nor elsewhere in the change now."""
    told: set[int] = set()
    for line, word, is_security in words_removed(file):
        place = place_of(file, line)
        if _squeezed(word) not in arrived.text and place not in told:
            told.add(place)
            yield LineSighting(
                place, f"`{word}` no longer protects this", Severity.HIGH if is_security else Severity.MEDIUM
            )


def _squeezed(line: str) -> str:
    return _SPACE.sub("", line)

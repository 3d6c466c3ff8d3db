import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from reviewer.analysis.assertions import (
    Assertion,
    allows_more,
    assertions_in,
    expects_other_value,
    partner_of,
    shortened,
)
from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.foreign_tests import born_off, loosened_runs, weakened
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import DiffRule, Example, LineSighting
from reviewer.analysis.source import nodes_in
from reviewer.analysis.switched_off import decorator_name, marks_off, switch_in
from reviewer.analysis.twins import Function, own_nodes, place_of, twins_of

_MAY_MATTER = regex(
    r"assert|return|raises|warns|skip|xfail|flaky|expected|def test|param|AssertionError|fail\(|==", re.IGNORECASE
)
_WORD = regex(r"\w+")
_RUN_FILES = regex(
    r"(^|/)(pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml|Makefile|noxfile\.py|package\.json)$|"
    r"(^|/)\.github/|\.gitlab-ci\.yml$"
)


class TestWeakened(DiffRule):
    """A test proves less than it did: an assertion is gone, looser or turned off.

    Why look: a test that is made to pass no longer tells when the code is wrong.
    Ask: is the test wrong, or the code?
    """

    __test__ = False
    informs = "validate"
    severity = Severity.HIGH

    INVALID = (
        Example(
            "def test_total():\n    order = make()\n    assert order.lines\n", path="tests/test_orders.py",
            before="def test_total():\n    order = make()\n    assert order.lines\n    assert order.total == 30\n",
        ),
        Example(
            "import pytest\n\n@pytest.mark.skip\ndef test_total():\n    assert total() == 30\n",
            path="tests/test_orders.py", before="import pytest\n\ndef test_total():\n    assert total() == 30\n",
        ),
        Example(
            "def test_total():\n    assert total() == approx(30, abs=5)\n", path="tests/test_orders.py",
            before="def test_total():\n    assert total() == approx(30, abs=0.01)\n",
        ),
        Example(
            "def test_total():\n    assert total() is not None\n", path="tests/test_orders.py",
            before="def test_total():\n    assert total() == 30\n",
        ),
        Example(
            "def test_total():\n    assert total([1, 2]) == 4\n", path="tests/test_orders.py",
            before="def test_total():\n    assert total([1, 2]) == 3\n",
            beside={"shop/orders.py": "def total(lines):\n    return sum(lines) + 1\n"},
        ),
        Example(
            "def test_first():\n    assert first() == 1\n", path="tests/test_orders.py",
            before="def test_first():\n    assert first() == 1\n\ndef test_total():\n    assert total() == 30\n",
        ),
        Example(
            "def test_bad():\n    with raises(Exception):\n        total(None)\n", path="tests/test_orders.py",
            before="def test_bad():\n    with raises(ValueError, match='lines'):\n        total(None)\n",
        ),
        Example(
            "it.skip('adds up', () => {\n  expect(total()).toBe(30);\n});\n", path="src/orders.test.js",
            before="it('adds up', () => {\n  expect(total()).toBe(30);\n});\n",
        ),
        Example(
            "it('adds up', () => {\n  total();\n});\n", path="src/orders.test.ts",
            before="it('adds up', () => {\n  expect(total()).toBe(30);\n});\n",
        ),
        Example(
            "describe('tea', () => {\n  it.only('adds up', () => {\n    expect(total()).toBe(30);\n  });\n});\n",
            path="src/tea.test.js",
        ),
        Example("xit('adds up', () => {\n  expect(total()).toBe(30);\n});\n", path="src/tea.spec.ts"),
        Example("class TeaTest {\n  @Disabled\n  @Test\n  void adds() {}\n}\n", path="src/test/TeaTest.java"),
    )  # fmt: skip
    VALID = (
        Example(
            "it('only adds up', () => {\n  expect(total()).toBe(30);\n});\n// it.only('x')\n",
            path="src/tea.test.js",
        ),
        Example("it.skipIf(isWindows)('adds up', () => {\n  expect(total()).toBe(30);\n});\n", path="src/tea.test.js"),
        Example(
            'class TeaTest {\n  @Disabled("needs a printer")\n  @Test\n  void adds() {}\n}\n',
            path="src/test/TeaTest.java",
        ),
        Example(
            "def test_sum():\n    assert total() == 30\n", path="tests/test_orders.py",
            before="def test_total():\n    assert total() == 30\n",
        ),
        Example(
            "def test_total():\n    order = make()\n    assert (order.total, order.tax) == (30, 3)\n",
            path="tests/test_orders.py",
            before="def test_total():\n    order = make()\n    assert order.total == 30\n    assert order.tax == 3\n",
        ),
        Example(
            "def test_total():\n    assert total() == approx(30, abs=0.001)\n", path="tests/test_orders.py",
            before="def test_total():\n    assert total() == approx(30, abs=0.01)\n",
        ),
        Example(
            "@pytest.mark.skipif(sys.platform == 'win32', reason='no fork')\n"
            "def test_total():\n    assert total() == 30\n",
            path="tests/test_orders.py", before="def test_total():\n    assert total() == 30\n",
        ),
        Example(
            "import pytest\n\ndef test_total():\n    assert total() == 30\n", path="tests/test_orders.py",
            before="import pytest\n\n@pytest.mark.xfail\ndef test_total():\n    assert total() == 30\n",
        ),
        Example(
            "def test_other():\n    assert other() == 1\n", path="tests/test_orders.py",
            before="def test_other():\n    assert other() == 1\n\ndef test_total():\n    assert total() == 30\n",
            beside={"tests/test_totals.py": "def test_total():\n    assert total() == 30\n"},
        ),
        Example(
            "def test_total():\n    check_total(30)\n    check_total(20)\n\n\ndef check_total(value):\n"
            "    assert total(value) == value\n",
            path="tests/test_orders.py",
            before="def test_total():\n    assert total(30) == 30\n    assert total(20) == 20\n",
        ),
        Example(
            "it('adds all up', () => {\n  expect(total()).toBe(30);\n});\n", path="src/orders.test.js",
            before="it('adds up', () => {\n  expect(total()).toBe(30);\n});\n",
        ),
    )  # fmt: skip

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        whole = _Whole(change)
        for file in change.files:
            if _RUN_FILES.search(file.name):
                yield from ((file, LineSighting(*fault)) for fault in loosened_runs(file))
            if not file.is_test or file.new_text is None:
                continue
            if file.old_text is None:
                yield from ((file, LineSighting(*fault)) for fault in born_off(file))
                continue
            if file.is_python and _is_worth_reading(file):
                yield from ((file, sighting) for sighting in _python(file, whole))
            elif not file.is_python and language_of(file) is not None:
                yield from ((file, LineSighting(*fault)) for fault in weakened(file))


@dataclass(frozen=True)
class _Whole:
    change: Change

    @cached_property
    def added(self) -> str:
        return "\n".join(file.lines[line - 1] for file in self.change.files for line in sorted(file.added))

    @cached_property
    def removed_names(self) -> frozenset[str]:
        """The functions and classes that production code lost."""
        code = [
            file.before.lines[line - 1]
            for file in self.change.files
            if not file.is_test and file.old_text is not None
            for line in file.removed
        ]
        names = re.findall(r"^\s*(?:async )?(?:def|class) (\w+)", "\n".join(code), re.MULTILINE)
        return frozenset(name for name in names if not re.search(rf"(def|class) {name}\b", self.added))

    @cached_property
    def has_code(self) -> bool:
        return any(file.added and not file.is_test and file.is_python for file in self.change.files)


def _is_worth_reading(file: ChangedFile) -> bool:
    lines = [file.lines[line - 1] for line in file.added] + [file.before.lines[line - 1] for line in file.removed]
    return b"parametrize" in (file.new_text or b"") or any(_MAY_MATTER.search(line) for line in lines)


def _python(file: ChangedFile, whole: _Whole) -> Iterator[LineSighting]:
    twins = [twin for twin in twins_of(file) if not twin.is_deep]
    for twin in twins:
        match twin.old, twin.new:
            case (ast.FunctionDef() | ast.AsyncFunctionDef()) as old, (
                ast.FunctionDef() | ast.AsyncFunctionDef()
            ) as new:
                yield from islice(_weaker(old, new, file, whole), 1)
            case (ast.Module() | ast.ClassDef()) as old, (ast.Module() | ast.ClassDef()) as new:
                for mark in islice(marks_off(old, new, file), 1):
                    yield LineSighting(mark.lineno, f"`{shortened(ast.unparse(mark))}` turns these tests off")
    lost = [
        twin.old
        for twin in twins
        if twin.new is None and isinstance(twin.old, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_test(twin.old)
    ]
    came = sum(
        twin.old is None and isinstance(twin.new, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_test(twin.new)
        for twin in twins
    )
    gone = [function for function in lost if not _lives_on(function, whole)]
    if gone and came < len(gone):
        names = f"`{gone[0].name}`" + (f" and {len(gone) - 1} more" if len(gone) > 1 else "")
        what = "tests are" if len(gone) > 1 else "test is"
        place = min(place_of(file, gone[0].lineno), len(file.lines))
        yield LineSighting(place, f"the {what} gone: {names}", Severity.MEDIUM)


def _is_test(function: Function) -> bool:
    return function.name.startswith("test") and any(assertions_in(function))


def _lives_on(function: Function, whole: _Whole) -> bool:
    """True if the test went elsewhere, or tested what is gone as well."""
    if re.search(rf"\b{function.name}\b", whole.added):
        return True
    names = {part for node in nodes_in(function) for part in _identifiers(node)} | set(function.name.split("test_"))
    return not names.isdisjoint(whole.removed_names)


def _identifiers(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr


def _weaker(old: Function, new: Function, file: ChangedFile, whole: _Whole) -> Iterator[LineSighting]:
    """Yield what makes a test prove less, gravest first."""
    switch = switch_in(old, new, file)
    if switch is not None:
        yield LineSighting(
            switch.lineno, f"`{shortened(decorator_name(switch))}` turns `{new.name}` off", Severity.HIGH
        )
    before, now = list(assertions_in(old)), list(assertions_in(new))
    kept = Counter(each.text for each in now)
    yield from _less_often_run(before, now, new, file)
    gone = [each for each in before if not _take(kept, each.text)]
    old_texts = Counter(each.text for each in before)
    came = [each for each in now if not _take(old_texts, each.text)]
    words = {word for each in came for word in _WORD.findall(each.text)}
    fewer = [each for each in gone if not set(_WORD.findall(each.text)) <= words]
    if not gone:
        yield from _fewer_cases(old, new, file)
        return
    for each in gone:
        partner = came[0] if len(came) == len(gone) == 1 else partner_of(each, came)
        if partner is not None:
            came.remove(partner)
            fewer = [other for other in fewer if other is not each]
            yield from _compared(each, partner, whole)
    if len(now) < len(before) and fewer and not came and not _calls_new_helper(old, new):
        lost = fewer[0]
        names = {part for node in nodes_in(ast.parse(lost.text)) for part in _identifiers(node)}
        if names.isdisjoint(whole.removed_names):
            place = place_of(file, lost.line)
            last = new.end_lineno or place
            yield LineSighting(min(place, last), f"`{shortened(lost.text)}` is no longer asserted in `{new.name}`")
    yield from _fewer_cases(old, new, file)


def _less_often_run(
    before: list[Assertion], now: list[Assertion], new: Function, file: ChangedFile
) -> Iterator[LineSighting]:
    """Yield assertions that an `if`, a handler or a `return` now keeps from failing the test."""
    always = {each.text for each in before if not each.is_conditional}
    for each in now:
        if each.text in always and each.is_conditional:
            line = next((line for line in range(each.line, new.lineno, -1) if line in file.added), each.line)
            yield LineSighting(line, f"`{shortened(each.text)}` no longer has to hold in `{new.name}`")
    for node in own_nodes(new):
        if not isinstance(node, (ast.Return, ast.ExceptHandler)) or node.lineno not in file.added:
            continue
        if isinstance(node, ast.Return) and node.value is None and node in new.body[:-1]:
            yield LineSighting(node.lineno, f"`return` leaves `{new.name}` before its end")
        elif isinstance(node, ast.ExceptHandler) and node.type and "AssertionError" in ast.unparse(node.type):
            yield LineSighting(node.lineno, f"a failed assertion of `{new.name}` is caught")


def _take(counter: Counter[str], text: str) -> bool:
    counter[text] -= 1
    return counter[text] >= 0


def _compared(old: Assertion, new: Assertion, whole: _Whole) -> Iterator[LineSighting]:
    if new.strength < old.strength:
        yield LineSighting(new.line, f"`{shortened(new.text)}` proves less than `{shortened(old.text)}` did")
        return
    if allows_more(old.text, new.text):
        yield LineSighting(new.line, f"`{shortened(new.text)}` allows more than `{shortened(old.text)}` did")
    elif expects_other_value(old.text, new.text):
        # With code that changed beside it, the new value may be the point of the change, or its cover.
        severity = Severity.LOW if whole.has_code else Severity.MEDIUM
        yield LineSighting(new.line, f"the expected value changed: `{shortened(old.text)}` before", severity)


def _fewer_cases(old: Function, new: Function, file: ChangedFile) -> Iterator[LineSighting]:
    before, now = _cases(old), _cases(new)
    if len(before) == len(now) == 1 and len(now[0].elts) < len(before[0].elts):
        kept = {ast.dump(each) for each in now[0].elts}
        lost = [each for each in before[0].elts if ast.dump(each) not in kept]
        if lost and len(before[0].elts) - len(lost) == len(now[0].elts):
            place = place_of(file, lost[0].lineno)
            yield LineSighting(
                place, f"the case `{shortened(ast.unparse(lost[0]))}` of `{new.name}` is gone", Severity.MEDIUM
            )


def _cases(function: Function) -> list[ast.List | ast.Tuple]:
    return [
        each.args[1]
        for each in function.decorator_list
        if isinstance(each, ast.Call) and decorator_name(each).endswith("parametrize") and len(each.args) > 1
        if isinstance(each.args[1], (ast.List, ast.Tuple))
    ]


def _calls_new_helper(old: Function, new: Function) -> bool:
    before = {ast.unparse(node.func) for node in nodes_in(old) if isinstance(node, ast.Call)}
    now = {ast.unparse(node.func) for node in nodes_in(new) if isinstance(node, ast.Call)}
    return any(
        re.search(r"(^|[._])(assert|check|verify|expect|validate|compare|run|match|snapshot)", each)
        for each in now - before
    )

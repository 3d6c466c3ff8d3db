"""What the change brings in is found, on its own line, once; and no text at all stops the search."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import libcst as cst
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.comments import Comment
from reviewer.analysis.engine import inspect, inspect_change, inspect_file
from reviewer.analysis.finding import Finding, Severity
from reviewer.analysis.languages import LANGUAGES
from reviewer.analysis.place import Place, string_value
from reviewer.analysis.rule import CommentRule, DiffRule, LineSighting, ModuleRule, PythonRule, Sighting, TokenRule
from reviewer.analysis.rules import all_rules
from reviewer.analysis.source import Source
from reviewer.analysis.tokens import Token


class Bad(PythonRule):
    """Sees each call of `bad`, and what stands in its argument."""

    informs = "debug"
    severity = Severity.HIGH
    visits = (cst.Call,)

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if isinstance(node, cst.Call) and at.name(node.func) == "bad":
            yield Sighting(node, f"bad {string_value(node.args[0].value) if node.args else ''}".strip())


class BadBlock(PythonRule):
    """Sees each `while`, so that one sighting covers many lines."""

    informs = "debug"
    severity = Severity.LOW
    visits = (cst.While,)

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if isinstance(node, cst.While):
            yield Sighting(node, f"while {at.code(node.test)}")


class BadWord(TokenRule):
    informs = "debug"
    severity = Severity.LOW
    languages = frozenset(LANGUAGES.values())

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002
        yield from (LineSighting(token.line, "bad") for token in tokens if token.text.strip('"') == "bad")


class BadFiles(DiffRule):
    informs = "debug"
    severity = Severity.LOW

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        for file in change.files:
            yield from ((file, LineSighting(line, "bad")) for line in sorted(file.added))


RULES = (Bad(), BadBlock(), BadWord())


def changed(new: str | bytes, old: str | bytes | None = None, path: str = "a.py") -> ChangedFile:
    """Return the file a change turns from `old` into `new`, compared by lines as git does."""
    after = new.encode() if isinstance(new, str) else new
    before = old.encode() if isinstance(old, str) else old
    old_lines = before.split(b"\n") if before is not None else []
    new_lines = after.split(b"\n")
    steps = SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes()
    added = {line + 1 for tag, _, _, start, end in steps if tag != "equal" for line in range(start, end)}
    removed = {line + 1 for tag, start, end, _, _ in steps if tag != "equal" for line in range(start, end)}
    return ChangedFile(path.encode(), before, after, frozenset(added), frozenset(removed))


def found(new: str | bytes, old: str | bytes | None = None, path: str = "a.py") -> tuple[Finding, ...]:
    return inspect_file(changed(new, old, path), RULES)


def lines(findings: Sequence[Finding]) -> list[int]:
    return [finding.line for finding in findings]


def test_a_fault_on_a_line_the_change_left_alone_is_not_found() -> None:
    findings = found("bad()\nx = 1\nbad()\n", old="bad()\nx = 1\n")

    assert lines(findings) == [3]


def test_a_fault_over_several_lines_is_found_where_the_change_touches_it() -> None:
    findings = found("while a:\n    b()\n    c()\n    d()\n", old="for a in e:\n    b()\n    d()\n")

    assert lines(findings) == [1]
    assert lines(
        found("x = [\n    1,\n    bad(\n        2,\n    ),\n]\n", old="x = [\n    1,\n    bad(\n    ),\n]\n")
    ) == [4]


def test_a_file_without_changed_lines_has_no_findings() -> None:
    assert found("bad()\n", old="bad()\n") == ()


def test_a_fault_that_moved_is_not_found_again() -> None:
    assert found("x = 1\ny = 2\nbad()\n", old="bad()\nx = 1\ny = 2\n") == ()


def test_a_fault_that_was_only_indented_is_not_found_again() -> None:
    assert found("if x:\n    bad(\n        1)\n", old="bad(\n    1)\n") == ()


def test_a_fault_that_moved_and_came_again_is_found_once() -> None:
    findings = found("x = 1\nbad()\nbad()\n", old="bad()\nx = 1\n")

    assert len(findings) == 1


def test_a_copy_of_a_fault_that_stays_is_found() -> None:
    findings = found("bad(1)\nx = 1\nbad(1)\n", old="bad(1)\nx = 1\n")

    assert lines(findings) == [3]


@pytest.mark.parametrize("inserted", ["\n", "    # why\n", "    c()\n"])
def test_a_line_added_inside_a_fault_does_not_make_it_new(inserted: str) -> None:
    assert found(f"while a:\n{inserted}    b()\n", old="while a:\n    b()\n") == ()


def test_a_line_replaced_inside_a_fault_does_not_make_it_new() -> None:
    old = "x = 1\nwhile a:\n    b()\n    c()\n"
    new = "while a:\n    b()\n    d()\n"

    assert found(new, old) == ()


def test_a_fault_that_changes_its_meaning_is_new() -> None:
    findings = found("bad(\n    'b',\n)\n", old="bad(\n    'a',\n)\n")

    assert [finding.message for finding in findings] == ["bad b"]


def test_a_fault_that_stays_does_not_hide_its_copy() -> None:
    between = "x = 1\ny = 2\nz = 3\n"

    findings = found(
        f"while a:\n    d()\n{between}while a:\n    b()\n",
        old=f"while a:\n    b()\n{between}",
    )

    assert lines(findings) == [6]


def test_ids_survive_lines_added_above() -> None:
    (plain,) = found("bad(1)\n")
    (shifted,) = found("x = 1\n\n\nbad(1)\n")

    assert (plain.line, shifted.line) == (1, 4)
    assert plain.id == shifted.id


def test_ids_survive_new_indentation() -> None:
    (plain,) = found("bad(\n    1)\n")
    (indented,) = found("if x:\n    bad(\n        1)\n")

    assert plain.id == indented.id


def test_ids_differ_for_two_identical_faults() -> None:
    first, second = found("bad()\nbad()\n")

    assert first.id != second.id


def test_ids_differ_for_identical_faults_that_several_files_show_together() -> None:
    change = Change((changed("x\nx", path="a.py"), changed("x\nx", path="b.py")))

    findings = [finding for _, group in inspect_change(change, [BadFiles()]) for finding in group]

    assert len({finding.id for finding in findings}) == len(findings) == 4


def test_findings_about_the_whole_change_come_last() -> None:
    change = Change((changed("bad()", path="a.py"), changed("bad()", path="b.py")))

    messages = [(file.name, len(group)) for file, group in inspect(change, [BadFiles(), Bad()])]

    assert messages == [("a.py", 1), ("b.py", 1), ("a.py", 1), ("b.py", 1)]


def test_a_suppression_with_a_reason_is_kept_with_the_finding() -> None:
    (finding,) = found("bad()  # reviewer: ignore[test-engine] the vendor wants it so\n")

    assert finding.suppressed == "the vendor wants it so"


def test_a_suppression_may_stand_where_the_fault_begins() -> None:
    new = "bad(  # reviewer: ignore[test-engine] checked\n    1,\n    2,\n)\n"

    (finding,) = found(new, old="x = 1\n" + new.replace("bad(", "good(").replace("    2,\n", ""))

    assert finding.suppressed == "checked"


@pytest.mark.parametrize(
    "comment",
    [
        "# reviewer: ignore[test-engine]",
        "# reviewer: ignore[test-engine]   ",
        "# reviewer: ignore[other-rule] a reason",
        "# reviewer: ignore a reason",
        "# reviewer: ignore[*] a reason",
    ],
)
def test_a_suppression_without_a_reason_or_the_rule_does_not_count(comment: str) -> None:
    (finding,) = found(f"bad()  {comment}\n")

    assert finding.suppressed is None


def test_one_comment_suppresses_several_rules() -> None:
    (finding,) = found("bad()  # reviewer: ignore[other, test-engine] both are tests\n")

    assert finding.suppressed == "both are tests"


def test_the_end_of_a_comment_is_no_reason() -> None:
    without, with_reason = (
        found(f"bad /* reviewer: ignore[test-engine]{reason} */\n", path="a.js") for reason in ("", " as agreed")
    )

    assert [finding.suppressed for finding in (*without, *with_reason)] == [None, "as agreed"]


def test_a_suppression_full_of_blanks_is_read_at_once() -> None:
    (finding,) = found(f"bad()  # reviewer: ignore[test-engine]{' ' * 200_000}x{' ' * 200_000}\n")

    assert finding.suppressed == "x"


def test_a_file_that_does_not_parse_says_so_on_the_changed_line_next_to_the_error() -> None:
    (finding,) = found("x = 1\nbad()\ny = 2\ndef f(:\n", old="y = 2\ndef f(:\n")

    assert (finding.rule, finding.line, finding.severity) == ("does-not-parse", 2, Severity.MEDIUM)
    assert finding.message.startswith("line 4 ")


def test_a_file_that_parses_again_is_not_compared_with_the_one_that_did_not() -> None:
    assert lines(found("def f(a):\n    bad()\n", old="def f(:\n    bad()\n")) == []
    assert lines(found("def f(a):\n    bad(1)\n", old="def f(:\n    bad()\n")) == [2]


# Python reads both, LibCST neither.
_UNREAD = ["(a): int = 1\n", "def f(a): return*a\n"]


@pytest.mark.parametrize("unread", _UNREAD)
def test_a_statement_no_rule_could_read_says_so_and_hides_no_other(unread: str) -> None:
    findings = found(f"bad()\n{unread}bad()\n")

    assert [(finding.rule, finding.line) for finding in findings] == [
        ("test-engine", 1), ("does-not-parse", 2), ("test-engine", 3),
    ]  # fmt: skip
    assert findings[1].message.startswith("no rule has seen lines 2 to 2: ")


@pytest.mark.parametrize("unread", _UNREAD)
def test_a_statement_no_rule_could_read_is_no_matter_where_nothing_changed(unread: str) -> None:
    assert lines(found(f"{unread}bad()\n", old=unread)) == [2]


def test_a_file_whose_text_is_not_known_is_reported() -> None:
    file = ChangedFile(b"a.py", None, None, frozenset({3, 4}), frozenset())

    (finding,) = inspect_file(file, RULES)

    assert (finding.rule, finding.line) == ("not-inspected", 3)


@pytest.mark.parametrize(
    ("path", "text"),
    [("a.py", "x = 1\n" * 200_000), ("a.js", "x = 1\n" * 200_000), ("a.js", "bad;" * 600)],
    ids=["large Python", "large", "long line"],
)
def test_a_file_too_large_to_read_is_reported(path: str, text: str) -> None:
    (finding,) = found(text, path=path)

    assert finding.rule == "not-inspected"


@pytest.mark.parametrize("path", ["shop/vendor/lib.py", "static/lib.min.js", "third_party/lib/lib.go"])
def test_other_peoples_code_is_said_to_be_such_and_searched_for_hidden_characters_only(path: str) -> None:
    text = "bad('a')\nkey = 'AKIAIOSFODNN7EXAMPLE'\nname = 'a\u202eb'\n"

    found = inspect_file(changed(text, path=path), (*RULES, *all_rules()))

    assert [(finding.rule, finding.line) for finding in found] == [("not-inspected", 1), ("trojan-source", 3)]
    assert "`trojan-source` alone has seen it" in found[0].message


def test_a_file_in_a_language_no_rule_speaks_is_left_alone() -> None:
    assert found("bad " * 1000, path="a.txt") == ()


@pytest.mark.parametrize("path", ["a.env", ".env", ".env.production", "deploy/.env"])
def test_a_file_of_environment_variables_is_read(path: str) -> None:
    assert lines(found("a=\nb=bad\n", path=path)) == [2]


_BAD = "bad()"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"\xef\xbb\xbfx = 1\nbad()\n", 2),
        (b"x = 1\r\ny = '''\r\n'''\r\nbad()\r\n", 4),
        (b"x = '\x0c'\n\x0c\nbad()\n", 3),
        (b"\x0cx = 1\n\x0cbad()\n", 2),
        ("x = '\x0b \x1c \x85 \u2028'\ny = '\x0b'\nbad()\n".encode(), 3),
        (b"# -*- coding: latin-1 -*-\nm\xe9tier = 'caf\xe9'\nbad()\n", 3),
        (b"if x:\n\ty = 1\n\tbad()\n", 3),
        (b"@a\n@b(\n  1)\ndef f():\n    bad()\n", 5),
        (b"@a\n@b(\n  bad())\ndef f():\n    pass\n", 3),
        (b"x = 1; y = 2; bad()\n", 1),
        (b"x = '''\n'''; y = [\n    bad(),\n]; z = '''\n'''\n", 3),
        (b"x = '''\n\n'''\ny = '''a\nb'''\nbad()\n", 6),
        (b"x = 1\\\n    + 2\nbad()\n", 3),
        (b"\\\n\\\nbad()\n", 3),
        (b"x = 1 \\\n\nbad() \\\n\n", 3),
        (b"if x: bad() \\\n\n", 1),
        (b"x = 1\nclass A:\n    def f(self):\n        return f'''\n{bad()}\n'''\n", 5),
        (b"x = 1\ry = 2\rz = '''\r'''\nif x:\r\tpass\nbad()\r", 3),
        (b"bad()", 1),
    ],
    ids=[
        "byte order mark", "carriage returns", "form feed", "form feed first", "breaks only Unicode knows", "Latin-1",
        "tabs", "decorators", "in a decorator", "semicolons", "a line with two statements' ends", "long strings",
        "continued", "continued from nothing", "continued to nothing", "continued block", "in a long f-string",
        "old Macintosh", "no last newline",
    ],
)  # fmt: skip
def test_the_line_is_right(text: bytes, line: int) -> None:
    assert lines([finding for finding in found(text) if finding.message == "bad"]) == [line]


def test_a_literal_python_warns_about_is_evaluated_in_silence() -> None:
    (finding,) = found(b"bad('\\d')")

    assert finding.message == "bad \\d"


def test_each_of_the_statements_that_share_a_line_is_seen() -> None:
    new = "x = '''\n'''; y = '''\n'''; bad()\n"

    assert lines(found(new)) == [3]
    assert lines(found(new, old=new.replace("bad()", "good()"))) == [3]
    assert len(found("bad(1); bad(2); bad(1)\n")) == 3


_SNIPPETS = st.sampled_from(
    [
        "bad()\n",
        "@a\ndef f():\n    '''a\n    b'''\n    bad()\n",
        "x = [\n  # c\n  bad(\n  1)]\n",
        "x = 1; bad(); y = '''\n'''\n",
    ]
)
_BLANKS = st.lists(
    st.sampled_from(["\n", "# a\n", "   \n", "\x0c\n", "\t# \u2028 b\n", "\r\n", "#\r\n"]), max_size=30
).map("".join)


@given(snippet=_SNIPPETS, above=_BLANKS, mark=st.sampled_from(["", "\ufeff"]))
def test_blank_lines_above_shift_the_line_by_their_number(snippet: str, above: str, mark: str) -> None:
    (plain,) = found(snippet)
    (shifted,) = found(mark + above + snippet)

    assert shifted.line == plain.line + above.count("\n")
    assert shifted.id == plain.id


@pytest.mark.parametrize("path", sorted({f"a{suffix}" for suffix in LANGUAGES}))
def test_the_line_is_right_in_every_language(path: str) -> None:
    text = ("<?php " if path == "a.php" else "") + '{\n"a": [1,\r\n\n"b\x0c"],\r\t\n\n"c":\n"bad"\n}\n'

    assert lines(found(text, path=path)) == [7]


@given(text=st.binary(max_size=300))
@example(b"\0")
@example(b"# coding: utf-7\n+AAo-x = 1\n")
@example(b"# coding: rot13\nonq()\n")
@example(b"# coding: unicode_escape\n\\x0abad()\n")
@example(b"# coding: idna\nbad()\n")
@example(b"# coding: nonsense\nbad()\n")
@example(b"\xef\xbb\xbf# coding: latin-1\nbad()\n")
@example(b"\xff\xfeb\0a\0d\0")
@example(b"x = '\\d'\nbad()")
@example(b"x = '\\ud800'\nbad('\\ud800')")
def test_no_bytes_stop_the_search(text: bytes) -> None:
    for finding in found(text):
        assert 1 <= finding.line <= text.count(b"\n") + 1


_PIECES = st.sampled_from(
    [*" ()[]{}:=;#@,*1x\"'\\\n\r\t\f", "\n    ", "\r\n", "\\\n", "'''", "f'{", "}'", "bad(", "while a:", "match x:",
     "case", "lambda:", "def f():", "class A:", "async ", "await ", "print ", "return", "...", "**", "(a): int", "é",
     "\u2028", "\ufeff", "reviewer: ignore["]
)  # fmt: skip
_CODE = st.lists(_PIECES, max_size=25).map("".join)


@given(old=_CODE, new=_CODE)
@settings(max_examples=300)
def test_no_change_stops_the_search(old: str, new: str) -> None:
    file = changed(new, old)

    for finding in inspect_file(file, RULES):
        assert finding.line in file.added


@given(old=_CODE, new=_CODE, path=st.sampled_from(sorted({f"a{suffix}" for suffix in LANGUAGES})))
def test_no_change_in_another_language_stops_the_search(old: str, new: str, path: str) -> None:
    file = changed(new, old, path)

    for finding in inspect_file(file, RULES):
        assert finding.line in file.added


@given(
    old=st.lists(st.sampled_from(["bad(1)", "bad(2)", "x = 1", ""])), new=st.lists(st.sampled_from(["bad(1)", "x = 1"]))
)
def test_no_more_is_found_than_came_in(old: list[str], new: list[str]) -> None:
    findings = found("\n".join(new), "\n".join(old))

    assert len(findings) == max(0, new.count("bad(1)") - old.count("bad(1)"))


_DEEP = {
    "parentheses": "x = " + "(" * 5_000 + "1" + ")" * 5_000,
    "brackets Python allows": "x = " + "[" * 150 + "1" + "]" * 150,
    "calls": "x = " + "f(" * 190 + "1" + ")" * 190,
    "unary operators": "x = " + "-" * 2_000 + "1",
    "not": "x = " + "not " * 20_000 + "1",
    "attributes": "x = a" + ".b" * 20_000,
    "chained calls": "x = a" + ".b()" * 900,
    "subscripts": "x = a" + "[0]" * 2_500,
    "operators": "x = 1" + " + 1" * 2_500,
    "and": "x = 1" + " and 1" * 100_000,
    "conditions": "x = " + "1 if a else " * 900 + "1",
    "lambdas": "x = " + "lambda: " * 900 + "1",
    "elif": "if a:\n    pass\n" + "elif a:\n    pass\n" * 900,
    "strings": "x = " + "'a' " * 3_000,
    "imported dots": "import a" + ".b" * 20_000,
    "dots imported from": "from a" + ".b" * 20_000 + " import c",
    "comprehensions": "x = [a" + " for a in b" * 4_000 + "]",
    "patterns": "match x:\n    case " + "A(" * 40 + ")" * 40 + ":\n        pass",
    "grouped patterns": "match x:\n    case " + "(" * 60 + "a" + ")" * 60 + ":\n        pass",
    "mapped patterns": "def f():\n    match x:\n        case " + "{1: " * 20 + "a" + "}" * 20 + ":\n            pass",
    "elements": "x = [" + "1, " * 120_000 + "]",
    "decorators": "@a\n" * 5_000 + "def f(): pass",
}

_INSPECT = """
import sys
from reviewer.analysis.rules import all_rules
from tests.analysis.test_engine import RULES, _DEEP, changed
from reviewer.analysis.engine import inspect_file

for name in sys.argv[1:]:
    print(name, flush=True)
    for finding in inspect_file(changed(f"bad()\\n{_DEEP[name]}\\nbad()\\n"), RULES + all_rules()):
        print(finding.line, finding.rule)
"""


@pytest.mark.parametrize("name", _DEEP)
def test_nothing_nests_too_deeply_for_the_process(name: str) -> None:
    done = subprocess.run([sys.executable, "-c", _INSPECT, name], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr[-500:]
    assert "does-not-parse" in done.stdout or "1 test-engine" in done.stdout


@pytest.mark.parametrize(
    "name", ["and", "chained calls", "imported dots", "grouped patterns", "mapped patterns", "elements"]
)
def test_what_nests_too_deeply_hides_nothing_beside_it(name: str) -> None:
    findings = found(f"bad()\n{_DEEP[name]}\nbad()\n")

    assert [finding.rule for finding in findings] == ["test-engine", "does-not-parse", "test-engine"]


def test_patterns_as_deep_as_people_write_them_are_read() -> None:
    assert lines(found("match x:\n    case [A(b={'c': (1, [d])}), *_]:\n        bad()\n")) == [3]


def test_code_as_deep_as_people_write_it_is_read() -> None:
    assert lines(found("x = 1" + " + 1" * 200 + "\ny = bad()" + ".filter(a)" * 60 + "\n")) == [2]


def test_the_same_fault_in_two_functions_is_told_apart_when_one_of_them_goes() -> None:
    both = "def first(a=[]):\n    a.append(1)\n\n\ndef second(b=[]):\n    b.append(1)\n"
    one = both.partition("\n\n\n")[2]

    two_ids = {finding.id for finding in _findings_of(both) if finding.rule == "mutable-default"}
    one_id = {finding.id for finding in _findings_of(one) if finding.rule == "mutable-default"}

    assert len(two_ids) == 2
    assert one_id < two_ids


def _findings_of(code: str) -> tuple[Finding, ...]:
    lines = frozenset(range(1, code.count("\n") + 1))
    return inspect_file(ChangedFile(b"shop/a.py", None, code.encode(), lines, frozenset()), all_rules())


def test_a_finding_quotes_its_line_unless_that_would_spread_a_secret() -> None:
    code = "try:\n    send()\nexcept OSError:\n    pass\npassword = 'tea4" + "two'\n"

    quoted = {finding.rule: finding.code for finding in _findings_of(code)}

    assert quoted["swallowed-exception"] == "except OSError:"
    assert quoted["hardcoded-secret"] == ""


class _Faulty(ModuleRule, PythonRule, TokenRule, CommentRule, DiffRule):
    """Falls over its own feet.

    Why look: it does.
    Ask: why?
    """

    informs = "debug"
    severity = Severity.HIGH
    languages = frozenset({"javascript"})
    visits = (cst.Call,)

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        yield Sighting(node, "seen before the fall")
        raise KeyError(at)

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        yield LineSighting(1, "seen before the fall")
        raise ValueError(source, file)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        raise IndexError(tokens, file)
        yield

    def check_comments(self, comments: Sequence[Comment], file: ChangedFile) -> Iterator[LineSighting]:
        raise TypeError(comments, file)
        yield

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        raise RecursionError(change)
        yield


@pytest.mark.parametrize(
    ("path", "text", "errors"),
    [
        ("a.py", "send()  # now\n", {"KeyError", "ValueError", "TypeError", "RecursionError"}),
        ("a.js", "send() // now\n", {"IndexError", "TypeError", "RecursionError"}),
    ],
)
def test_a_rule_that_fails_says_so_and_silences_no_other(path: str, text: str, errors: set[str]) -> None:
    file = ChangedFile(path.encode(), None, text.encode(), frozenset({1}), frozenset())
    others = [rule for rule in all_rules() if rule.slug == "missing-timeout"]

    found = [one for _, some in inspect(Change((file,)), [_Faulty(), *others]) for one in some]

    broken = [one.message for one in found if one.rule == "rule-failed"]
    assert {message.split(" with ")[1].partition(";")[0] for message in broken} == errors
    assert len(broken) == len(errors)


def test_no_rule_repeats_a_line_that_another_rule_knows_to_hold_a_secret() -> None:
    code = "import requests\n\npage = requests.get(URL, auth=('shop', 'hunter2Xq9'), verify=False)\n"

    quoted = {finding.rule: finding.code for finding in _findings_of(code)}

    assert quoted["hardcoded-secret"] == quoted["missing-timeout"] == quoted["tls-verify-disabled"] == ""


_WAITS = "import requests\n\n\ndef _load(url):\n    return requests.get(\n        url,\n        {}\n    )\n"


def test_a_call_is_seen_anew_when_a_later_line_of_it_changes_what_it_does() -> None:
    old, new = _WAITS.format("timeout=LIMIT,"), _WAITS.format("headers=HEADERS,")
    file = ChangedFile(b"shop/a.py", old.encode(), new.encode(), frozenset({7}), frozenset({7}))

    assert [(one.rule, one.line) for one in inspect_file(file, all_rules()) if one.rule == "missing-timeout"] == [
        ("missing-timeout", 7)
    ]


def test_a_call_that_was_wrong_before_is_not_said_again_when_a_later_line_of_it_changes() -> None:
    old, new = _WAITS.format("params=PARAMS,"), _WAITS.format("headers=HEADERS,")
    file = ChangedFile(b"shop/a.py", old.encode(), new.encode(), frozenset({7}), frozenset({7}))

    assert [one.rule for one in inspect_file(file, all_rules()) if one.rule == "missing-timeout"] == []

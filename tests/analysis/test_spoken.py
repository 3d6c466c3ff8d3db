"""Calls and assignments of other languages, and what is known of their values."""

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.spoken import Speech, speech_of, text_of


def speech(code: str, path: str = "shop/a.js") -> Speech:
    return speech_of(ChangedFile(path.encode(), None, code.encode(), frozenset({1}), frozenset()))


@pytest.mark.parametrize(
    ("path", "code", "names"),
    [
        ("a.js", "db.query(a)", ["db.query"]),
        ("a.js", "$('#x').html(a)", ["$", "$.html"]),
        ("a.js", "/a+/.exec(text)", [".exec"]),
        ("a.js", "new Function(a)", ["Function"]),
        ("a.js", "class A { exec(args) { } }", []),
        ("a.go", "exec.Command(a)", ["exec.Command"]),
        ("A.java", "Runtime.getRuntime().exec(a);", ["Runtime.getRuntime", "Runtime.getRuntime.exec"]),
        ("a.php", "<?php $db->query($a); echo $a;", ["$db->query", "echo"]),
        ("a.php", "<?php x('a' . shell_exec($a));", ["x", "shell_exec"]),
        ("a.js", "// exec(a)\n'exec(a)'", []),
    ],
)
def test_a_call_is_named_with_its_owners(path: str, code: str, names: list[str]) -> None:
    assert [call.name for call in speech(code, path).calls] == names


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        ("a.js", "f('a' + b + 'c')", "a\0c"),
        ("a.js", "f(`a ${b.c} d`)", "a \0 d"),
        ("a.ts", "f(`a ${g(`x ${y}`)} d`)", "a \0 d"),
        ("a.js", "f(b)", None),
        ("A.java", 'f("a" + b.get("x") + "c");', "a\0c"),
        ("a.go", 'f("a" + b)', "a\0"),
        ("a.php", '<?php f("a $b c");', "a \0 c"),
        ("a.php", "<?php f('a' . $b['x'] . 'c');", "a\0c"),
    ],
)
def test_a_sum_is_read_as_one_text_with_holes(path: str, code: str, text: str | None) -> None:
    assert [text_of(call.arguments[0]) for call in speech(code, path).calls if call.name == "f"] == [text]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("a.js", "f(req.query.a)"),
        ("a.js", "const { a } = req.body;\nf('x' + a)"),
        ("a.ts", "const a: string = req.params.a;\nf(`x ${a}`)"),
        ("a.js", "f(new URLSearchParams(location.search).get('a'))"),
        ("a.go", 'a := r.URL.Query().Get("a")\nf(a)'),
        ("A.java", 'String a = request.getParameter("a"); f(a);'),
        ("A.java", 'void g(@RequestParam("a") String a) { f(a); }'),
        ("a.php", "<?php $a = $_GET['a']; f(\"x $a\");"),
    ],
)
def test_data_of_a_request_is_followed(path: str, code: str) -> None:
    said = speech(code, path)

    assert any(said.outside(call.arguments[0]) for call in said.calls if call.name == "f")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("a.js", "f(a)"),
        ("a.js", "f(parseInt(req.query.a))"),
        ("a.js", "f(encodeURIComponent(req.query.a))"),
        ("a.js", "const handler = (req) => { send(req.body); };\nf(handler)"),
        ("a.js", "f(request.url)"),
        ("a.js", "const a = req.query.a;\n" + "\n" * 60 + "f(a)"),
        ("A.java", 'void g(@PathVariable("a") Long a) { f(a); }'),
        ("a.php", "<?php f(intval($_GET['a']));"),
    ],
)
def test_other_values_are_not_from_outside(path: str, code: str) -> None:
    said = speech(code, path)

    assert not any(said.outside(call.arguments[0]) for call in said.calls if call.name == "f")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("f('a' + 'b')", True),
        ("f(`a ${LIMIT}`)", True),
        ("const a = 'x';\nf('b' + a)", True),
        ("const a = parseInt(b);\nf('b' + a)", True),
        ("f(a)", False),
        ("const a = load();\nf(a)", False),
    ],
)
def test_what_is_written_in_the_code(code: str, expected: bool) -> None:
    said = speech(code)

    assert [said.is_literal(call.arguments[0]) for call in said.calls if call.name == "f"] == [expected]

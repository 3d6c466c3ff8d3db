"""Code of other languages as words: strings cannot pose as code, and names are followed to what they were given."""

import re

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.phrases import Code, code_of, phrase, shown, spoken

_ASKED = re.compile(r"(?<!\S)req \. query")


def code(text: str, path: str = "a.js") -> Code:
    return code_of(file(text, path))


def file(text: str, path: str) -> ChangedFile:
    return ChangedFile(path.encode(), None, text.encode(), frozenset(range(1, text.count("\n") + 2)), frozenset())


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("a.js", "f('a', \"b\", `c`)", 'f ( "a" , "b" , "c" )'),
        ("a.js", "x = `a${b}c` // d", 'x = "a" ${ b } "c"'),
        ("A.java", 'f("a\\"b" + "")', 'f ( "a\\\'b" + "" )'),
        ("a.go", "f(`a`, 'b')", 'f ( "a" , "b" )'),
        ("a.json", '{"a": ["b"]}', '{ "a" : [ "b" ] }'),
    ],
)
def test_code_is_words_with_strings_in_double_quotes(path: str, text: str, words: str) -> None:
    assert code(text, path).text == words


def test_what_a_string_says_is_no_code() -> None:
    pattern = phrase("javascript", r"eval \( x \)", "`{0}`")

    sightings = list(spoken(file("const s = 'eval ( x )';\neval(x);\n", "a.js"), [pattern]))

    assert [(one.line, one.message) for one in sightings] == [(2, "`eval(x)`")]


def test_arguments_are_split_at_their_own_commas() -> None:
    one = code("f(a, g(b, c), [d, e], {f, g})")

    assert one.arguments(one.text.index("(")) == ["a", "g ( b , c )", "[ d , e ]", "{ f , g }"]
    assert code("f()").arguments(2) == []
    assert code("f(a").arguments(2) == []


def test_a_name_is_what_it_was_given_last() -> None:
    one = code("let a = 'x'\na = b +\n  c\nuse(a)\n")

    given = one.value_of("a", one.text.index("use"))

    assert given is not None
    assert given[0] == "b + c"


def test_a_text_written_in_full_is_fixed() -> None:
    one = code("const a = 'x' + 'y';\nconst b = a + NAME;\nconst c = b + given;\nuse(1);\n")
    end = len(one.text)

    assert one.is_fixed("b", end)
    assert not one.is_fixed("c", end)
    assert not one.is_fixed("unknown", end)


def test_a_value_is_followed_to_its_source() -> None:
    one = code("const a = req.query.a;\nconst b = a + 1;\nconst c = 'req . query';\nuse(1);\n")
    end = len(one.text)

    assert one.comes_from(_ASKED, "b", end)
    assert not one.comes_from(_ASKED, "c", end)


def test_names_that_stand_for_each_other_end() -> None:
    one = code("a = b + c;\nb = a + c;\nc = a + b;\n" * 50)

    assert not one.is_fixed("a", len(one.text))
    assert not one.comes_from(_ASKED, "a", len(one.text))


def test_words_are_shown_as_people_write_them() -> None:
    assert shown('f ( a , "b\x01c" ) . d') == 'f(a, "b c").d'
    assert shown("x" * 100) == "x" * 59 + "…"

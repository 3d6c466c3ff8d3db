"""Lines of other languages: what they set, what they call, without comments."""

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.codelines import calls_in, code_lines, set_in
from reviewer.analysis.tokens import tokens_of


def _file(name: str, text: str) -> ChangedFile:
    return ChangedFile(name.encode(), None, text.encode(), frozenset(range(1, text.count("\n") + 1)), frozenset())


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ('const tea = "green";', "javascript"), ("let tea: string = 'green'", "typescript"),
        ('{"tea": "green"}', "json"),
        ('tea := "green"', "go"), ("tea: green", "yaml"), ("- tea=green", "yaml"), ("export tea=green", "bash"),
        ("ENV tea=green", "docker"), ("ENV tea green", "docker"),
        ("$a['tea'] = 'green'", "php"), ('if tea == "green"', "go"),
        ('shop.setTea("green")', "java"), ('map.put("tea", "green")', "java"),
        ('req.Header.Set("tea", "green")', "go"),
    ],
)  # fmt: skip
def test_a_line_sets_a_name_to_a_text(code: str, language: str) -> None:
    assert ("tea", "green") in {(name.lower(), value) for name, value in set_in(code, language)}


@pytest.mark.parametrize("code", ['process.env.tea || "green"', "tea(green)", "tea = green"])
def test_defaults_of_the_environment_and_other_values_are_no_texts(code: str) -> None:
    assert list(set_in(code, "javascript")) == []


def test_comments_and_long_strings_are_left_out() -> None:
    file = _file("a.js", 'a = 1; // tea = "x"\nb = `\n  tea = "x"\n`;\n')

    lines = dict(code_lines(tokens_of(file), file, "javascript"))

    assert lines == {1: "a = 1; ", 2: "b = `", 4: "`;"}


@pytest.mark.parametrize(
    ("code", "name", "given"),
    [
        ("brew(a, b);", "brew", "a,b"), ("shop.brew(a);", "shop.brew", "a"),
        ("res.status(5).send(a);", "res.status.send", "a"),
        ("a(b(c));", "a", "b(c)"), ("a(`x${b}`);", "a", "`x${b}`"), ("a?.b(c);", "a.b", "c"),
        ("a({b: [1]});", "a", "{b:[1]}"),
    ],
)  # fmt: skip
def test_a_call_is_known_by_its_name(code: str, name: str, given: str) -> None:
    calls = [
        (call.name, "".join(token.text for token in call.given))
        for call in calls_in(tokens_of(_file("a.js", f"{code}\n")))
    ]

    assert (name, given) in calls


def test_a_call_that_never_ends_is_none() -> None:
    assert list(calls_in(tokens_of(_file("a.js", "brew(a, b\n")))) == []

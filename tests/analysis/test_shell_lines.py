"""Shell commands in scripts, images and CI files."""

import pytest

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.shell_lines import Command, commands_of, masked


def commands(text: str, path: str = "a.sh") -> list[Command]:
    return list(commands_of(ChangedFile(path.encode(), None, text.encode(), frozenset(), frozenset())))


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("a.sh", "x\na |\n  b\n", 2),
        ("Dockerfile", "FROM x\nRUN a | \\\n  b\n", 2),
        ("a.yml", "steps:\n  - run: |\n      a \\\n        | b\n", 3),
        ("a.yml", "script:\n  - a | b\n", 2),
    ],
)
def test_a_command_is_found_wherever_it_stands(path: str, text: str, line: int) -> None:
    *_, command = commands(text, path)

    assert "".join(command.text.split()) == "a|b"
    assert command.line_at(0) == line


def test_a_place_in_a_long_command_has_its_own_line() -> None:
    (command,) = commands("a &&\n  b &&\n  c\n")

    assert [command.line_at(command.text.index(word)) for word in "abc"] == [1, 2, 3]


def test_comments_and_printed_text_are_no_commands() -> None:
    texts = [one.text.strip() for one in commands("# a\ncat <<EOF\nb\nEOF\nc # d\necho '# e'\nsh <<X\nf\nX\n")]

    assert texts == ["cat <<EOF", "c", "echo '# e'", "sh <<X", "f", "X"]


def test_other_values_are_no_commands() -> None:
    assert commands("name: a | b\n", "a.yml") == []


def test_quoted_text_is_blotted_out_at_its_length() -> None:
    assert masked("a 'b c' \"d\" e") == "a '___' \"_\" e"

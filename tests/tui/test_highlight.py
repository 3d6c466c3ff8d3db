import subprocess
import sys

from reviewer.tui.highlight import Text, spans_of


def test_a_string_over_several_lines_is_coloured_on_each() -> None:
    spans = spans_of("a.py", ['text = """one', 'two"""', "x = 1"])

    assert [name for _, _, name in spans[0]] == ["string"]
    assert spans[1] == [(0, 6, "string")]
    assert (4, 5, "number") in spans[2]


def test_a_language_nobody_knows_stays_plain() -> None:
    assert spans_of("a.unknown", ["x = 1"]) == [[]]


def test_an_endless_line_stays_plain_and_the_others_keep_their_colours() -> None:
    spans = spans_of("a.py", ["x = '" + "a" * 5_000 + "'", "x = 1"])

    assert spans[0] == []
    assert (4, 5, "number") in spans[1]


def test_a_string_that_began_above_a_hunk_is_known_as_one() -> None:
    text = Text("a.py", 'def f():\n    """Say\n\tif it\n    works"""\n    return 1\n')

    spans = text.spans(3, ["        if it", "    wor"])

    assert spans == [[(0, 13, "comment")], [(0, 12, "comment")]]


def test_lines_that_the_text_does_not_have_there_are_not_taken_from_it() -> None:
    text = Text("a.py", "a = 1\nb = 2\n")

    assert text.spans(1, ["b = 2"]) is None
    assert text.spans(2, ["b = 2", "", "more"]) is None
    assert text.spans(2, ["b = 2"]) == [[(4, 5, "number")]]


def test_a_text_is_lexed_no_further_than_somebody_looks() -> None:
    text = Text("a.py", "a = 1\n" * 10_000)

    text.spans(10, ["a = 1"])

    assert len(text._rows) == 10


def test_the_interface_loads_neither_libcst_nor_pygments() -> None:
    code = "import sys, reviewer.tui.app; print([m for m in ('libcst', 'pygments') if m in sys.modules])"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"

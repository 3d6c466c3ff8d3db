import asyncio
import subprocess
import sys
from contextlib import aclosing

from reviewer.tui.highlight import Highlighter, Request, Spans, spans_of


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


def test_colours_come_back_from_the_worker_under_their_key() -> None:
    async def ask() -> tuple[Request, Spans]:
        highlighter = Highlighter()
        highlighter.ask(Request((1, 2, "new"), "a.py", ("return 1",)))
        async with aclosing(highlighter.answers()) as answers:
            return await anext(answers)

    request, spans = asyncio.run(ask())

    assert request.key == (1, 2, "new")
    assert spans == (((0, 6, "keyword"), (7, 8, "number")),)


def test_the_interface_loads_neither_libcst_nor_pygments() -> None:
    code = "import sys, reviewer.tui.app; print([m for m in ('libcst', 'pygments') if m in sys.modules])"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"

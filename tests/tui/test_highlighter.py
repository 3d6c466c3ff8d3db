import asyncio
from contextlib import aclosing

from reviewer.tui.highlight import Spans
from reviewer.tui.highlighter import Highlighter, Request, TextOf, no_text


def _ask(*requests: Request, text_of: TextOf = no_text) -> list[tuple[Request, Spans]]:
    async def ask() -> list[tuple[Request, Spans]]:
        highlighter = Highlighter(text_of)
        for request in requests:
            highlighter.ask(request)
        async with aclosing(highlighter.answers()) as answers:
            return [await anext(answers) for _ in requests]

    return asyncio.run(ask())


def test_colours_come_back_from_the_worker_under_their_key() -> None:
    [(request, spans)] = _ask(Request((1, 2, "new"), "a.py", ("return 1",)))

    assert request.key == (1, 2, "new")
    assert spans == (((0, 6, "keyword"), (7, 8, "number")),)


def test_the_whole_text_is_fetched_once_a_side_and_decides_what_a_line_is() -> None:
    fetched: list[tuple[int, str]] = []

    async def text_of(request: Request) -> bytes:
        fetched.append((request.file, request.key[2]))
        return b'"""\nreturn 1\nreturn 2\n"""\n' if request.key[2] == "new" else b"a\nreturn 1\n"

    answers = _ask(
        Request((0, 0, "new"), "a.py", ("return 1",), file=3, first=2),
        Request((0, 1, "new"), "a.py", ("return 2",), file=3, first=3),
        Request((0, 0, "old"), "a.py", ("return 1",), file=3, first=2),
        text_of=text_of,
    )

    assert fetched == [(3, "new"), (3, "old")]
    assert [{name for _, _, name in spans[0]} for _, spans in answers] == [
        {"comment"},
        {"comment"},
        {"keyword", "number"},
    ]


def test_a_text_that_became_another_one_is_not_believed() -> None:
    async def text_of(_: Request) -> bytes:
        return b"nothing of the kind\n"

    [(_, spans)] = _ask(Request((0, 0, "new"), "a.py", ("return 1",)), text_of=text_of)

    assert spans == (((0, 6, "keyword"), (7, 8, "number")),)


def test_a_byte_that_is_no_utf_8_in_the_text_leaves_its_line_in_place() -> None:
    async def text_of(_: Request) -> bytes:
        return b"# caf\xe9\nreturn 1\n"

    [(_, spans)] = _ask(Request((0, 0, "new"), "a.py", ("# caf⟦E9⟧", "return 1")), text_of=text_of)

    assert spans == (((0, 9, "comment"),), ((0, 6, "keyword"), (7, 8, "number")))

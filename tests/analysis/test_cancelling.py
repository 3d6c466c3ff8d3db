"""Which awaits a cancelling under way ends at once."""

import ast

import pytest

from reviewer.analysis.cancelling import ends_at_once
from reviewer.analysis.outline import outline_of
from reviewer.analysis.source import read_source


def ended(body: str) -> bool:
    """Return what is known of the first await of an async function with this body."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    outline = outline_of(read_source(f"import trio\n\nasync def f():\n{lines}".encode()))
    return ends_at_once(outline.every(ast.Await)[0], outline)


@pytest.mark.parametrize(
    "body",
    [
        "try:\n    run()\nfinally:\n    await close()",
        "try:\n    run()\nexcept BaseException:\n    await close()",
        "try:\n    run()\nexcept trio.Cancelled:\n    await close()",
    ],
)
def test_an_await_that_cleans_up_is_ended(body: str) -> None:
    assert ended(body)


@pytest.mark.parametrize(
    "body",
    [
        "await close()",
        "try:\n    run()\nexcept ValueError:\n    await close()",
        "try:\n    run()\nexcept trio.Cancelled:\n    pass\nexcept BaseException:\n    await close()",
        "try:\n    run()\nfinally:\n    with trio.CancelScope(shield=True):\n        await close()",
        "try:\n    run()\nfinally:\n    with trio.CancelScope() as s:\n        s.shield = True\n        await close()",
        "try:\n    run()\nfinally:\n    await stream.aclose()",
        "try:\n    run()\nfinally:\n    async def g():\n        await close()",
    ],
)
def test_an_await_elsewhere_or_under_a_shield_goes_on(body: str) -> None:
    assert not ended(body)

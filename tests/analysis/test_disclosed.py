"""What the value of an expression tells of the inside."""

import libcst as cst
import pytest

from reviewer.analysis.disclosed import disclosed
from reviewer.analysis.place import Place
from tests.analysis.places import asked


def told(value: str, head: str = "") -> str | None:
    """Return what `return value` tells where `e` is the name of an error."""

    def ask(node: cst.Return, at: Place) -> str | None:
        assert node.value is not None
        return disclosed(node.value, {"e"}, at)

    (found,) = asked(f"import os, traceback\n\ndef f(e, row):\n    {head}\n    return {value}\n", cst.Return, ask)
    return found


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("{'error': str(e)}, 500", "the text of `e`"),
        ("f'failed: {e}'", "the text of `e`"),
        ("traceback.format_exc()", "the traceback"),
        ("vars(row)", "every field of `row`"),
        ("dict(os.environ)", "the environment of the process, with its secrets,"),
        ("{'password': row.password}", "`password`"),
    ],
)
def test_what_is_shown_of_the_inside_is_named(value: str, what: str) -> None:
    assert told(value) == what


@pytest.mark.parametrize("value", ["type(e).__name__", "e.code", "{'name': row.name}", "os.environ['ZONE']", "len(e)"])
def test_a_part_that_says_nothing_of_the_inside_is_left_alone(value: str) -> None:
    assert told(value) is None


def test_a_copy_tells_what_it_was_made_of() -> None:
    assert told("known", "known = dict(row.__dict__)") == "every field of `row`"

"""Functions cut out of a text and compared by their runs of tokens."""

from reviewer.analysis.shingles import bodies_in, likeness

_TOTAL = """def total(orders):
    result = 0
    for order in orders:
        if order.paid:
            result += order.price * order.count
    return result
"""


def _bodies(text: str) -> list[tuple[str, range, int]]:
    return [(body.name, body.lines, body.code) for body in bodies_in(text, least=2)]


def test_a_function_ends_where_the_indentation_does() -> None:
    text = "X = 1\n\ndef a():\n    one()\n\n    two()\n\nY = 2\nclass B:\n    def c(self):\n        x()\n        y()\n"

    assert _bodies(text) == [("a", range(3, 7), 2), ("c", range(10, 13), 2)]


def test_brackets_texts_and_remarks_do_not_end_a_function() -> None:
    text = 'def a():\n    """One.\n\nTwo.\n    """\n    # three\n    call(\n1,\n)\n    two()\n'

    assert _bodies(text) == [("a", range(1, 11), 3)]


def test_a_copy_with_other_names_and_texts_is_alike() -> None:
    copy = _TOTAL.replace("result", "amount").replace("orders", "items").replace("order", "item")
    one, other = (next(bodies_in(text, least=2)) for text in (_TOTAL, copy))

    assert likeness(one, other) == 1


def test_functions_that_use_other_things_are_not_alike() -> None:
    one, other = (
        next(bodies_in(text, least=2)) for text in (_TOTAL, _TOTAL.replace("price", "tax").replace("+=", "-="))
    )

    assert likeness(one, other) < 0.8

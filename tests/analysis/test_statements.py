from reviewer.analysis.source import read_source
from reviewer.analysis.statements import Statement, statements

_METHODS = "".join(
    f"\n    # about {name}\n    def {name}(self):\n" + "        self.count += 1\n" * 30
    for name in ("first", "second", "third")
)
_HEADER = 'class Order(Base):\n    """Orders."""\n\n    LIMIT = 3\n\n    def __init__(self):\n        self.count = 0\n'
_LONG = _HEADER + _METHODS


def _of(text: str, *lines: int) -> list[Statement]:
    return list(statements(read_source(text.encode()), frozenset(lines)))


def _line(text: str) -> int:
    return _LONG[: _LONG.index(text)].count("\n") + 1


def test_only_statements_with_a_changed_line_are_cut_out() -> None:
    assert [one.text for one in _of("a = 1\nb = 2\nc = 3\n", 2)] == ["b = 2\n"]


def test_statements_on_one_line_stay_together() -> None:
    assert [one.text for one in _of("a = 1; b = 2\nc = 3\n", 1)] == ["a = 1; b = 2\n"]


def test_of_a_long_class_only_what_is_touched_and_what_sets_it_up_is_cut_out() -> None:
    (one,) = _of(_LONG, _line("def second") + 3)

    assert '"""Orders."""' in one.text
    assert "LIMIT = 3" in one.text
    assert "def __init__" in one.text
    assert "# about second\n    def second" in one.text
    assert "def first" not in one.text
    assert "def third" not in one.text


def test_each_line_of_a_cut_class_keeps_its_number() -> None:
    (one,) = _of(_LONG, _line("def third"))

    numbered = dict(zip(one.lines, one.text.splitlines(), strict=True))

    assert all(_LONG.splitlines()[number - 1] == line for number, line in numbered.items())
    assert numbered[_line("def third")] == "    def third(self):"


def test_a_class_whose_header_alone_changed_keeps_a_body() -> None:
    text = "class Order:\n" + _METHODS

    (one,) = _of(text, 1)

    assert read_source(one.text.encode()).tree.body
    assert "def first" in one.text


def test_a_short_class_stays_whole() -> None:
    text = "class Order:\n    def a(self):\n        pass\n\n    def b(self):\n        pass\n"

    assert [one.text for one in _of(text, 2)] == [text]


def test_what_libcst_would_not_survive_is_refused_in_a_cut_class_too() -> None:
    deep = "x = " + "(" * 150 + "1," * 1 + ")" * 150
    text = _LONG + "\n    def deep(self):\n        " + deep.replace("1,", "-" * 300 + "1") + "\n"

    (one,) = _of(text, text.count("\n"))

    assert one.refusal == "nested more than 250 levels deep"

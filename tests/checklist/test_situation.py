import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.checklist import Checklist, Question, QuestionId, Situation, Trigger, questions_for, situation_of
from reviewer.diff.patchfile import parse_patch_file
from reviewer.globs import is_path_in
from reviewer.points import Point


def situation(
    *,
    paths: tuple[bytes, ...] = (),
    lines: tuple[bytes, ...] = (),
    rules: tuple[str, ...] = (),
    is_ai_assisted: bool = False,
) -> Situation:
    return Situation(paths, lambda: lines, frozenset(rules), is_ai_assisted)


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("**/*.py", "a.py", True),
        ("**/*.py", "x/y/a.py", True),
        ("**/*.py", "x/a.pyc", False),
        ("*.py", "a.py", True),
        ("*.py", "x/a.py", False),
        ("src/**", "src/a", True),
        ("src/**", "src/x/y", True),
        ("src/**", "src", False),
        ("src/**", "lib/src/a", False),
        ("**/migrations/**", "shop/migrations/0001.py", True),
        ("**/migrations/**", "migrations/0001.py", True),
        ("**/migrations/**", "shop/migrations.py", False),
        ("a/**/b/**/c", "a/b/c", True),
        ("a/**/b/**/c", "a/x/b/y/b/z/c", True),
        ("a/**/b/**/c", "a/x/c", False),
        ("**/a/*/b", "a/a/x/b", True),
        ("**", "any/thing", True),
        ("?.[ch]", "a.h", True),
        ("?.[!ch]", "a.h", False),
        ("Src/*", "src/a", False),
    ],
)
def test_a_glob_covers_a_path(glob: str, path: str, expected: bool):
    assert is_path_in(path, glob) is expected


def covers(names: list[str], parts: list[str]) -> bool:
    """Say what a glob means in the plainest way, whatever it costs."""
    if not parts:
        return not names
    if parts == ["**"]:
        return bool(names)
    if parts[0] == "**":
        return any(covers(names[skip:], parts[1:]) for skip in range(len(names) + 1))
    return bool(names) and fnmatchcase(names[0], parts[0]) and covers(names[1:], parts[1:])


@given(
    st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=7),
    st.lists(st.sampled_from(["**", "*", "a", "b", "a*", "?"]), min_size=1, max_size=5),
)
@settings(max_examples=500, deadline=None)
def test_globs_agree_with_their_plain_definition(names: list[str], parts: list[str]):
    assert is_path_in("/".join(names), "/".join(parts)) is covers(names, parts)


@given(st.text(), st.text())
@settings(deadline=None)
def test_any_text_is_a_glob_that_covers_or_does_not(path: str, glob: str):
    assert is_path_in(path, glob) in (True, False)


def checklist_of(name: str, trigger: Trigger | None, *points: Point) -> Checklist:
    questions = tuple(
        Question(QuestionId(f"{name}/{point.value}"), point, "Is it?") for point in points or (Point.SCALE,)
    )
    return Checklist(name, name, trigger, questions)


def asked(trigger: Trigger | None, where: Situation) -> bool:
    return bool(questions_for([checklist_of("team", trigger)], where))


EVERY_KIND = Trigger(("src/**",), ("go",), ("missing-timeout",), (r"\bfetch\(",), ai_assisted=True)


def test_a_checklist_without_a_trigger_is_always_asked():
    assert asked(None, situation())


@pytest.mark.parametrize(
    "where",
    [
        situation(paths=(b"src/a.txt",)),
        situation(paths=(b"cmd/MAIN.GO",)),
        situation(rules=("missing-timeout",)),
        situation(lines=(b"nothing", b"  fetch(url)")),
        situation(is_ai_assisted=True),
    ],
    ids=["path", "language", "rule", "pattern", "ai-assisted"],
)
def test_one_hit_of_any_kind_is_enough(where: Situation):
    assert asked(EVERY_KIND, where)


def test_a_trigger_without_a_hit_asks_nothing():
    where = situation(paths=(b"lib/a.py", b"src"), lines=(b"prefetch(url)",), rules=("bare-except",))

    assert not asked(EVERY_KIND, where)


def test_a_path_that_is_not_utf8_can_be_a_hit():
    assert asked(Trigger(paths=("src/*.py",)), situation(paths=(b"src/\xff.py",)))


def test_questions_come_in_the_order_of_the_points_and_the_nine_points_first():
    lists = [
        checklist_of("team", None, Point.CORRECTNESS, Point.VALIDATE),
        checklist_of("other", None, Point.VALIDATE),
        checklist_of("nine-point", None, Point.VALIDATE, Point.CORRECTNESS),
    ]

    questions = questions_for(lists, situation())

    assert [question.key for question in questions] == [
        "nine-point/validate",
        "team/validate",
        "other/validate",
        "nine-point/correctness",
        "team/correctness",
    ]


def unread() -> Iterator[bytes]:
    raise AssertionError("the text was read")
    yield b""


def test_the_text_is_not_read_when_another_kind_hits_or_no_pattern_waits():
    where = Situation((b"src/a",), unread, frozenset(), is_ai_assisted=False)

    assert questions_for([checklist_of("a", EVERY_KIND), checklist_of("b", Trigger(rules=("x",)))], where)


def test_reading_stops_once_every_checklist_has_its_hit():
    def lines() -> Iterator[bytes]:
        yield from (b"one", b"two", b"three")
        yield from unread()

    lists = [checklist_of("a", Trigger(patterns=("two", "never"))), checklist_of("b", Trigger(patterns=("one",)))]

    assert len(questions_for(lists, Situation((), lines, frozenset(), is_ai_assisted=False))) == 2


def test_a_line_is_searched_by_itself_and_only_its_first_2000_bytes():
    assert not asked(Trigger(patterns=(r"a\s+b",)), situation(lines=(b"a", b"b")))
    assert not asked(Trigger(patterns=("b",)), situation(lines=(b"a" * 2_000 + b"b",)))
    assert asked(Trigger(patterns=("b",)), situation(lines=(b"a" * 1_999 + b"b",)))


@pytest.mark.parametrize("line", [b"gr\xc3\xb6\xc3\x9fe", b"gr\xc3\xb6\xc3\x9fe\r", b"\xff gr\xc3\xb6\xc3\x9fe"])
def test_a_pattern_is_text_whatever_the_bytes_around_it(line: bytes):
    assert asked(Trigger(patterns=(r"\bgr[ö]\we$",)), situation(lines=(line,)))


_LINES = st.lists(st.text("ab \\t$x", max_size=6).map(str.encode), max_size=12)
_PATTERNS = [
    "a", "^a", "b$", r"^$", r"a\s+b", r"a\s*$", r"\Ab", r"b\Z", "a(?!b)", "(?<=x)a", "(?<!x)a", "[^a]b", r"(?>a\s*)b",
    r"a\s*+b",
    r"a(?=\$)", r"\ba", r"(a|b)+x", r"\Bb",
]  # fmt: skip


@given(_LINES, st.sampled_from(_PATTERNS))
def test_a_pattern_finds_in_many_lines_what_it_finds_in_each(lines: list[bytes], pattern: str):
    each = any(re.search(pattern, line.decode()) for line in lines)

    assert bool(asked(Trigger(patterns=(pattern,)), situation(lines=tuple(lines)))) == each


def test_a_text_longer_than_anybody_reads_is_searched_at_its_beginning_only():
    read = 0

    def lines() -> Iterator[bytes]:
        nonlocal read
        for _ in range(200_000):
            read += 100
            yield b"x" * 100

    assert questions_for(
        [checklist_of("a", Trigger(patterns=("never",)))], Situation((), lines, frozenset(), is_ai_assisted=False)
    )
    assert read < 3_000_000


def test_the_same_lines_are_searched_once_whatever_rules_fire():
    searched: dict[str, bool] = {}
    lists = [checklist_of("a", Trigger(patterns=("come",))), checklist_of("b", Trigger(patterns=("x",), rules=("r",)))]
    diff = parse_patch_file(PATCH, "x.patch")

    before = questions_for(lists, situation_of(diff, [], is_ai_assisted=False, searched=searched))
    after = questions_for(lists, Situation((), unread, frozenset(["r"]), is_ai_assisted=False, searched=searched))

    assert [question.key for question in before] == ["a/scale"]
    assert [question.key for question in after] == ["a/scale", "b/scale"]


PATCH = b"""diff --git a/old.sql b/new.txt
similarity index 50%
rename from old.sql
rename to new.txt
--- a/old.sql
+++ b/new.txt
@@ -1,2 +1,2 @@
 kept
-gone
+come
"""


def test_the_situation_of_a_diff_has_all_its_paths_and_the_added_lines_only():
    diff = parse_patch_file(PATCH, "x.patch")

    where = situation_of(diff, ["bare-except"], is_ai_assisted=True)

    assert where.paths == (b"old.sql", b"new.txt")
    assert list(where.added_lines()) == [b"come"]
    assert list(where.added_lines()) == [b"come"]
    assert (where.rules, where.is_ai_assisted) == ({"bare-except"}, True)

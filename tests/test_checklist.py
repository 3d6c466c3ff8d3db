import re
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.checklist import (
    Checklist,
    Question,
    QuestionId,
    Situation,
    Trigger,
    built_in_checklists,
    load_checklist,
    load_checklists,
    questions_for,
)
from reviewer.checklist.load import shipped_folder
from reviewer.errors import ChecklistInvalid, ReviewerError
from reviewer.points import Point

SHIPPED = Path(__file__).parents[1] / "checklists"
SHIPPED_FILES = sorted(SHIPPED.glob("*.toml"))
NINE_POINTS = [
    ("validate", "Is it actually correct: did you run it or see it run on a real input?"),
    ("edge-cases", "None, empty, negative, duplicate, concurrent: what happens for each?"),
    ("scale", "Will it hold with 1,000 times the data, users, regions?"),
    ("readability", "Do I understand every line?"),
    ("readability", "Can my team understand it without me?"),
    ("security", "What can someone hostile send, read or trigger here?"),
    ("prompt", "Was the right question asked: does the change answer the need, all of it and no more?"),
    ("debug", "When this fails at 3 a.m., what will the log say?"),
    ("maintain", "Can I change it safely later: tests, names, no second copy, no hidden coupling?"),
    ("correctness", "Does the business agree: exact rules, boundaries, money, time, law?"),
]
NINE_NAMES = ", ".join(f'"{point}"' for point in dict.fromkeys(point for point, _ in NINE_POINTS))
VALID = b"""schema = 1
id = "team"
title = "Our team"
[when]
paths = ["**/*.py", "docs/**"]
languages = ["python"]
rules = ["missing-timeout"]
patterns = ['\\b(requests|httpx)\\.']
ai_assisted = true
[[question]]
id = "tests"
point = "validate"
ask = "Is there a test?"
look_for = ["a test", "an example"]
[[question]]
id = "names"
point = "readability"
ask = "Are the names ours?"
"""


def write(folder: Path, content: bytes | str, name: str = "team.toml") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def mistakes_of(path: Path) -> list[str]:
    """Return the mistakes, without the file's name, which each of them must begin with."""
    with pytest.raises(ChecklistInvalid) as caught:
        load_checklist(path)
    assert all(mistake.startswith(f"{path}: ") for mistake in caught.value.mistakes)
    return [mistake.removeprefix(f"{path}: ") for mistake in caught.value.mistakes]


def changed(old: str, new: str) -> str:
    text = VALID.decode()
    assert old in text
    return text.replace(old, new, 1)


def change(path: bytes, line: bytes) -> Situation:
    return Situation((path,), lambda: (line,), frozenset(), is_ai_assisted=False)


# What is shipped


def test_the_nine_point_checklist_asks_exactly_the_ten_questions_in_order():
    nine = load_checklist(SHIPPED / "nine-point.toml")

    assert [(question.point.value, question.ask) for question in nine.questions] == NINE_POINTS


def test_the_nine_point_checklist_is_always_asked_and_names_every_point():
    nine = load_checklist(SHIPPED / "nine-point.toml")

    assert nine.trigger is None
    assert list(dict.fromkeys(question.point for question in nine.questions)) == list(Point)


@pytest.mark.parametrize("path", SHIPPED_FILES, ids=lambda path: path.stem)
def test_a_shipped_checklist_loads_under_its_file_name(path: Path):
    checklist = load_checklist(path)

    assert checklist.id == path.stem


@pytest.mark.parametrize("path", SHIPPED_FILES, ids=lambda path: path.stem)
def test_a_shipped_question_says_what_to_look_for(path: Path):
    checklist = load_checklist(path)

    assert all(2 <= len(question.look_for) <= 4 for question in checklist.questions)
    assert all(question.ask.endswith("?") for question in checklist.questions)


@pytest.mark.parametrize("path", SHIPPED_FILES, ids=lambda path: path.stem)
def test_a_shipped_checklist_keeps_its_questions_in_the_order_of_the_points(path: Path):
    numbers = [question.point.number for question in load_checklist(path).questions]

    assert numbers == sorted(numbers)


def test_all_shipped_checklists_but_the_nine_points_have_a_trigger_and_few_questions():
    first, *others = built_in_checklists()

    assert first.id == "nine-point"
    assert all(other.trigger is not None and 3 <= len(other.questions) <= 7 for other in others)
    assert [other.id for other in others] == sorted(other.id for other in others)
    assert {"network-calls", "database", "ai-assisted"} <= {other.id for other in others}


def test_every_rule_a_shipped_trigger_names_is_a_well_formed_id():
    rules = [rule for checklist in built_in_checklists() if checklist.trigger for rule in checklist.trigger.rules]

    assert rules
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule) for rule in rules)


def test_no_two_shipped_questions_share_a_key():
    keys = [question.key for checklist in built_in_checklists() for question in checklist.questions]

    assert len(keys) == len(set(keys))


def test_a_python_change_without_network_or_database_brings_up_the_nine_points_only():
    questions = questions_for(built_in_checklists(), change(b"shop/orders.py", b"total = 1"))

    assert {question.key.partition("/")[0] for question in questions} == {"nine-point"}


@pytest.mark.parametrize(
    ("line", "checklist"),
    [
        (b"    answer = requests.get(url)", "network-calls"),
        (b"  const answer = await fetch(url)", "network-calls"),
        (b'    rows = run("SELECT id FROM orders")', "database"),
        (b"    cursor.execute(query)", "database"),
    ],
)
def test_a_telling_line_brings_up_its_checklist(line: bytes, checklist: str):
    questions = questions_for(built_in_checklists(), change(b"shop/orders.txt", line))

    assert {question.key.partition("/")[0] for question in questions} == {"nine-point", checklist}


def test_where_no_checklists_lie_the_error_names_both_places(tmp_path: Path):
    (tmp_path / "reviewer").mkdir()

    with pytest.raises(ReviewerError, match="install git-reviewer anew") as caught:
        shipped_folder(tmp_path / "reviewer")
    assert f"{tmp_path}/reviewer/checklists or {tmp_path}/checklists" in str(caught.value)


# Loading


def test_a_valid_file_becomes_values(tmp_path: Path):
    checklist = load_checklist(write(tmp_path, VALID))

    assert checklist == Checklist(
        "team",
        "Our team",
        Trigger(
            paths=("**/*.py", "docs/**"),
            languages=("python",),
            rules=("missing-timeout",),
            patterns=(r"\b(requests|httpx)\.",),
            ai_assisted=True,
        ),
        (
            Question(QuestionId("team/tests"), Point.VALIDATE, "Is there a test?", ("a test", "an example")),
            Question(QuestionId("team/names"), Point.READABILITY, "Are the names ours?"),
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('ask = "Is there a test?"\n', "", 'question 1 ("tests"): "ask" is missing'),
        ('ask = "Is', 'asks = "x"\nask = "Is', 'question 1 ("tests"): key "asks" is unknown; did you mean "ask"?'),
        ("schema = 1", "schema = 2", '"schema" must be 1, the one schema this version reads, not 2'),
        ("schema = 1", "schema = true", '"schema" must be 1, the one schema this version reads, not true'),
        ("schema = 1\n", "", '"schema" is missing'),
        ('title = "Our team"', 'title = ""', '"title" must be one line of 1 to 300 characters, not ""'),
        (
            'id = "team"',
            'id = "Team One"',
            '"id" must be lower-case words joined by hyphens, at most 60 characters, not "Team One"',
        ),
        (
            'point = "validate"',
            'point = "valid"',
            f'question 1 ("tests"): "point" must be one of {NINE_NAMES}, not "valid"',
        ),
        ('"a test", ', '"a test", 3, ', 'question 1 ("tests"): "look_for" entry 2 must be one line of'),
        ('look_for = ["a test", "an example"]', "look_for = {}", '"look_for" must be a list of texts, not a table'),
        ('id = "names"', 'id = "tests"', 'question 2 ("tests"): "id" is taken by question 1'),
        ('id = "names"', "id = 1979-05-27", 'question 2: "id" must be lower-case words joined by hyphens'),
        ("patterns = ['", "patterns = ['(', '", '[when]: "patterns" entry 1 is no regular expression: missing ),'),
        ("patterns = ['", "patterns = ['[[a]', '", '"patterns" entry 1 is no regular expression: possible nested'),
        ("patterns = ['", "patterns = ['a{9999999999}', '", '"patterns" entry 1 is no regular expression: the rep'),
        ('["python"]', '["cobol"]', '[when]: "languages" entry 1 must be one of "bash", '),
        ('"docs/**"', '"/docs/**"', '[when]: "paths" entry 2 must be a path from the top of the repository'),
        ("ai_assisted = true", "ai_assisted = 1", '[when]: "ai_assisted" must be true or false, not 1'),
        ("[when]", "[[when]]", '"when" must be a table, written [when], not a list'),
        ("ai_assisted = true", "frobnicate = 1", 'key "frobnicate" is unknown; known here are "paths", "languages", '),
    ],
)
def test_a_mistake_is_named_with_its_table_its_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, expected: str
):
    mistakes = mistakes_of(write(tmp_path, changed(old, new)))

    assert len(mistakes) == 1
    assert expected in mistakes[0]


def test_a_message_begins_with_the_path_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "checklists").mkdir()
    write(tmp_path / "checklists", changed('ask = "Is there a test?"\n', ""))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ChecklistInvalid) as caught:
        load_checklist(Path("checklists/team.toml"))

    assert str(caught.value) == 'checklists/team.toml: question 1 ("tests"): "ask" is missing'


def test_all_mistakes_of_a_file_come_at_once(tmp_path: Path):
    path = write(
        tmp_path, "id = 3\n[when]\npatterns = [')']\n[[question]]\nid = 'a'\n[[question]]\nid = 'a'\nask = ''\n"
    )

    mistakes = mistakes_of(path)

    assert [mistake.split(" must ")[0].split(" is no ")[0] for mistake in mistakes] == [
        '"schema" is missing',
        '"id"',
        '"title" is missing',
        '[when]: "patterns" entry 1',
        'question 1 ("a"): "point" is missing',
        'question 1 ("a"): "ask" is missing',
        'question 2 ("a"): "point" is missing',
        'question 2 ("a"): "ask"',
        'question 2 ("a"): "id" is taken by question 1',
    ]


@pytest.mark.parametrize("questions", ["", "question = []\n"])
def test_a_checklist_without_questions_is_refused(tmp_path: Path, questions: str):
    path = write(tmp_path, f'schema = 1\nid = "team"\ntitle = "Team"\n{questions}')

    assert re.fullmatch(r'"question" (is missing|must be tables, .*)', mistakes_of(path)[0])


@pytest.mark.parametrize("when", ["", "paths = []\n", "ai_assisted = false\n"])
def test_a_trigger_that_nothing_can_meet_is_refused(tmp_path: Path, when: str):
    before, _, after = VALID.decode().partition("[when]\n")
    path = write(tmp_path, f"{before}[when]\n{when}{after[after.index('[[question]]') :]}")

    (mistake,) = mistakes_of(path)
    assert mistake.startswith('[when]: nothing is named; give one of "paths", "languages", "rules", "patterns", ')


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'schema = 1\nid = "x\n', "line 2, column 8: illegal character '\\n'"),
        (b"schema = 1\nx = [\n", "line 2: "),
        (b'schema = 1\ntitle = "\xff"\n', "line 2: not UTF-8 (byte FF)"),
        (b"x = " + b"9" * 1_500 * 3 + b"\n", "line 1: longer than 2,000 bytes; break it"),
        (b"x = [" + b"[\n" * 5_000, "lists or tables stand too deep in each other"),
        (b"# x\n" * 250_001, "larger than 1,000,000 bytes; split it"),
        (b"x = \x1b[31m\n", "line 1, column 5: "),
    ],
)
def test_a_file_that_is_no_toml_says_where(tmp_path: Path, content: bytes, expected: str):
    mistakes = mistakes_of(write(tmp_path, content))

    assert len(mistakes) == 1
    assert mistakes[0].startswith(expected)


def test_a_number_python_will_not_read_is_a_mistake(tmp_path: Path):
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        mistakes = mistakes_of(write(tmp_path, "x = " + "9" * 1_000))
    finally:
        sys.set_int_max_str_digits(limit)

    assert mistakes == ["a number has too many digits"]


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path):
    assert mistakes_of(tmp_path / "absent.toml") == ["cannot be read: no such file or directory"]
    assert mistakes_of(tmp_path) == ["not a regular file"]
    assert load_checklist(write(tmp_path, VALID)).id == "team"


def test_no_escape_sequence_of_a_file_or_its_name_reaches_a_message(tmp_path: Path):
    content = changed('id = "tests"', 'id = "\\u001b[31m"').replace('point = "readability"', '"\\u202e\\u001b" = 1')
    path = write(tmp_path, content, "te\x1bam.toml")

    with pytest.raises(ChecklistInvalid) as caught:
        load_checklist(path)

    assert all(line.isprintable() for line in str(caught.value).split("\n"))
    assert "te␛am.toml" in str(caught.value)


def test_a_question_is_kept_as_it_may_be_drawn(tmp_path: Path):
    checklist = load_checklist(write(tmp_path, changed("Is there", "\\u001b[31mIs there")))

    assert checklist.questions[0].ask == "␛[31mIs there a test?"


def test_the_mistakes_of_several_files_come_at_once(tmp_path: Path):
    good = write(tmp_path, VALID, "good.toml")
    twin = write(tmp_path, VALID, "twin.toml")
    broken = write(tmp_path, "x", "broken.toml")

    with pytest.raises(ChecklistInvalid) as caught:
        load_checklists([broken, good, twin])

    assert [mistake.split(": ")[0] for mistake in caught.value.mistakes] == [str(broken), str(twin)]


def test_a_team_cannot_take_the_id_of_a_shipped_checklist(tmp_path: Path):
    team = write(tmp_path, changed('id = "team"', 'id = "nine-point"'))

    with pytest.raises(ChecklistInvalid, match=r'another checklist is "nine-point"'):
        load_checklists([team], beside=built_in_checklists())


FRAGMENTS = [
    b"[", b"]", b"[[", b"{", b"}", b'"', b'"""', b"'", b"=", b"\n", b".", b",", b"\\", b"\\u", b"\xff", b"\xc3\xa9",
    b"\x00", b"\xed\xa0\x80", b"1979-05-27", b"07:32:00", b"nan", b"0x", b"true", b"9" * 1_900, b"[when]\n",
    b"[[question]]\n", b"[question]\n", b"[[when]]\n", b"point = 3\n", b"ai_assisted = true\n", b"(", b"(?i)",
    b"(?<=a*)", b"{1,99999999999}", b"[[a--", b"(" * 200, b"a.b.c = 1\n",
]  # fmt: skip


@given(
    edits=st.lists(
        st.tuples(
            st.integers(0, len(VALID)), st.integers(0, 40), st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=4))
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=400, deadline=None)
def test_a_mutated_file_loads_or_is_invalid_and_nothing_else(tmp_path_factory: pytest.TempPathFactory, edits):
    content = VALID
    for start, length, fragment in edits:
        content = content[:start] + fragment + content[start + length :]
    path = write(tmp_path_factory.getbasetemp(), content, "mutated.toml")

    with suppress(ChecklistInvalid):
        assert load_checklist(path).questions

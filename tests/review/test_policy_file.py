"""A policy file gives every key its meaning, and all of its mistakes at once."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.analysis.finding import Severity
from reviewer.errors import CannotDetermine, PolicyInvalid
from reviewer.review.policy import WAIVABLE, Policy, Requirement
from reviewer.review.policy_file import read_policy

NAME = "main:.reviews/policy.toml"
WHOLE = b"""\
schema = 1
protected = ["refs/heads/main", "refs/heads/release-*"]
waivable = ["ai-tag"]
[require]
viewed = false
answers = false
flags = "high"
humans = 2
author_counts = false
signatures = true
[ai]
tests = false
tag = false
"""


def _read(raw: bytes | str) -> Policy:
    return read_policy(raw if isinstance(raw, bytes) else raw.encode(), NAME)


def _mistakes(raw: bytes | str) -> list[str]:
    with pytest.raises(PolicyInvalid) as raised:
        _read(raw)
    assert all(mistake.startswith(f"{NAME}: ") and mistake.isprintable() for mistake in raised.value.mistakes)
    return [mistake.removeprefix(f"{NAME}: ") for mistake in raised.value.mistakes]


def test_every_key_has_its_meaning() -> None:
    assert _read(WHOLE) == Policy(
        protected=("refs/heads/main", "refs/heads/release-*"),
        viewed=False,
        answers=False,
        flags=Severity.HIGH,
        humans=2,
        author_counts=False,
        signatures=True,
        ai_tests=False,
        ai_tag=False,
        waivable=frozenset({Requirement.AI_TAG}),
    )


def test_a_file_of_a_schema_alone_is_the_built_in_policy() -> None:
    assert _read("schema = 1\n") == Policy()
    assert _read("schema = 1\n[require]\n[ai]\n") == Policy()


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("none", None),
        ("info", Severity.INFO),
        ("low", Severity.LOW),
        ("medium", Severity.MEDIUM),
        ("high", Severity.HIGH),
    ],
)
def test_flags_can_be_of_any_severity_or_none(word: str, severity: Severity | None) -> None:
    assert _read(f'schema = 1\n[require]\nflags = "{word}"\n').flags is severity


def test_lists_can_be_empty() -> None:
    policy = _read("schema = 1\nprotected = []\nwaivable = []\n")

    assert policy.protected == ()
    assert policy.waivable == frozenset()


@pytest.mark.parametrize("humans", [0, 9])
def test_humans_are_nine_at_most(humans: int) -> None:
    assert _read(f"schema = 1\n[require]\nhumans = {humans}\n").humans == humans


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("refs/heads/main", True),
        ("refs/heads/release-2", True),
        ("refs/heads/feature", False),
        ("refs/heads/MAIN", False),
        ("refs/tags/main", False),
        ("main", False),
    ],
)
def test_what_is_protected_is_told_by_patterns(ref: str, expected: bool) -> None:
    assert _read(WHOLE).protects(ref) is expected


def test_without_a_word_of_it_all_branches_and_tags_are_protected() -> None:
    assert Policy().protects("refs/heads/deep/er")
    assert Policy().protects("refs/tags/v1")
    assert not Policy().protects("refs/notes/ai")


def test_all_mistakes_are_told_at_once() -> None:
    file = """\
schema = 2
protected = ["main", "refs/heads/ok", 3]
waivable = ["verdict", "humans"]
human = 1
[require]
viewed = "yes"
flags = "severe"
humans = 10
author_count = true
[ai]
tests = 1
labels = "x"
"""

    assert _mistakes(file) == [
        '"schema" must be 1, the one schema this version reads, not 2',
        '"protected" entry 1 must be a full ref or a pattern, such as "refs/heads/*", not "main"',
        '"protected" entry 3 must be a full ref or a pattern, such as "refs/heads/*", not 3',
        '"waivable" entry 1 must be one of "ai-tag", "ai-tests", "humans", "signatures", not "verdict"',
        'key "human" is unknown; known here are "schema", "protected", "waivable", "require", "ai"',
        '[require]: "viewed" must be true or false, not "yes"',
        '[require]: "flags" must be one of "high", "medium", "low", "info", "none", not "severe"',
        '[require]: "humans" must be a number of people, 0 to 9, not 10',
        '[require]: key "author_count" is unknown; did you mean "author_counts"?',
        '[ai]: "tests" must be true or false, not 1',
        '[ai]: key "labels" is unknown; known here are "tests", "tag"',
    ]


@pytest.mark.parametrize("value", ["-1", "1.5", "true", '"2"', "[2]", "{ of = 2 }", "2020-01-01", "1" + "0" * 600])
def test_a_number_of_people_is_a_small_whole_number(value: str) -> None:
    (mistake,) = _mistakes(f"schema = 1\n[require]\nhumans = {value}\n")

    assert mistake.startswith('[require]: "humans" must be a number of people, 0 to 9, not ')


@pytest.mark.parametrize(
    ("file", "mistake"),
    [
        ("", '"schema" is missing'),
        ('schema = "1"\n', '"schema" must be 1, the one schema this version reads, not "1"'),
        ("schema = true\n", '"schema" must be 1, the one schema this version reads, not true'),
        ("schema = 1\nrequire = 1\n", '"require" must be a table, written [require], not 1'),
        ("schema = 1\n[[require]]\nhumans = 0\n", '"require" must be a table, written [require], not a list'),
        ('schema = 1\nprotected = "refs/heads/main"\n', '"protected" must be a list of refs, not "refs/heads/main"'),
        ('schema = 1\nprotected = ["refs/heads/ main"]\n', '"protected" entry 1 must be a full ref or a pattern'),
        ('schema = 1\nprotected = ["refs/heads/main\\n"]\n', '"protected" entry 1 must be a full ref or a pattern'),
        ("schema = 1\nschema = 1\n", "line 2"),
        ("schema = \n", "line 1"),
        ('schema = 1\n"\\u001b[2J" = 1\n', 'key "␛[2J" is unknown'),
        ('schema = 1\n[require]\nflags = "\\u202ehigh"\n', 'not "⟦U+202E⟧high"'),
    ],
)
def test_a_mistake_is_told_with_its_key_or_line(file: str, mistake: str) -> None:
    assert mistake in _mistakes(file)[0]


HOSTILE: dict[str, bytes] = {
    "huge": b"#" * 2_000_000,
    "a long line": b'schema = 1 # "' + b"a." * 5_000,
    "deep lists": b"schema = " + b"[" * 1_900,
    "deep tables": b"schema = 1\n" + b"\n".join(b"[" + b".".join([b"a"] * n) + b"]" for n in range(1, 900)),
    "deep in deep": b"a = " + b"{a = " * 350,
    "not UTF-8": b"schema = 1 # \xe9\n",
    "UTF-16": "schema = 1\n".encode("utf-16"),
    "null bytes": b"schema = 1\0",
    "a long number": b"schema = " + b"9" * 1_900,
    "a mark in front": b"\xef\xbb\xbfschema = 1\n",
    "line ends of another system": b"schema = 2\r\n",
    "an unpaired half": b'schema = 1\nprotected = ["\\ud800"]\n',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_a_mistake_and_never_a_crash(kind: str) -> None:
    assert _mistakes(HOSTILE[kind])


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: b"schema = 1\n" + text.encode()))
def test_any_bytes_are_a_policy_or_mistakes(raw: bytes) -> None:
    policy = None
    with suppress(PolicyInvalid):
        policy = _read(raw)

    assert policy is None or policy.waivable <= WAIVABLE


def test_a_policy_with_mistakes_lets_nothing_be_determined() -> None:
    assert issubclass(PolicyInvalid, CannotDetermine)
    assert PolicyInvalid.exit_code == 3


def test_what_reading_proves_can_never_be_waived() -> None:
    proofs = {Requirement.VERDICT, Requirement.VIEWED, Requirement.ANSWERS, Requirement.FLAGS, Requirement.NOTES}

    assert WAIVABLE.isdisjoint(proofs)
    assert proofs | WAIVABLE == set(Requirement)

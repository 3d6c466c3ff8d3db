"""A short run of each kind, the same each time; `python -m tests.fuzz` runs longer ones."""

from pathlib import Path
from random import Random

import pytest

from tests.fuzz.mutation import mutated_json, rechained, with_right_counts
from tests.fuzz.running import Kind, case, kinds, run, shrunk
from tests.fuzz.seeds import journals, packed_diffs, seed_files
from tests.hurry import hurried
from tests.review.samples import journal_lines

_CASES = {"numstat": 40, "journal": 150, "archive": 150}
_NAMES = tuple(kind.name for kind in kinds(Path()))


def _kind(name: str, folder: Path) -> Kind:
    return next(kind for kind in kinds(folder) if kind.name == name)


def _whole(kind: str) -> tuple[bytes, ...]:
    return {
        "numstat": seed_files("patch"),
        "journal": journals(),
        "packed": packed_diffs(),
        "archive": packed_diffs(),
    }.get(kind) or seed_files(kind)


@pytest.mark.parametrize("name", _NAMES)
def test_what_is_mutated_ends_as_the_laws_allow(name: str, tmp_path: Path) -> None:
    kind = _kind(name, tmp_path)

    tally = run(kind, 1, range(_CASES.get(name, 300)))

    failed = [f"case {failure.number}: {failure.what}\n{failure.trace}" for failure in tally.failures]
    assert failed == []
    # Else nothing but the first check of the reader would have been put to the test.
    assert len(tally.outcomes) > 1


@pytest.mark.parametrize("name", _NAMES)
def test_what_was_not_mutated_is_read(name: str, tmp_path: Path) -> None:
    kind = _kind(name, tmp_path)

    outcomes = [kind.check(seed) for seed in _whole(name)]

    assert "read" in outcomes or "both read" in outcomes
    assert "too new" not in outcomes


def test_a_case_is_made_from_its_number_alone(tmp_path: Path) -> None:
    kind = _kind("patch", tmp_path)

    assert [case(kind, 1, number) for number in (7, 8, 7)] == [case(kind, 1, number) for number in (7, 8, 7)]
    assert len({case(kind, seed, number) for seed in (1, 2) for number in range(20)}) > 30


def test_a_law_that_is_broken_is_told_with_its_case_and_a_small_input() -> None:
    def check(raw: bytes) -> str:
        assert b"evil" not in raw
        return "read"

    kind = Kind("sample", lambda random: b"some\nlines\nan evil one\nmore\n" * random.randint(0, 1), check)

    tally = run(kind, 1, range(20))

    assert 0 < len(tally.failures) < 20
    assert len(tally.failures) + tally.outcomes["read"] == tally.cases == 20
    assert tally.failures[0].what.startswith("AssertionError at test_running.py:")
    assert shrunk(kind, tally.failures[0]) == b"evil"


def test_what_has_no_end_is_stopped_and_the_place_told() -> None:
    def check(_raw: bytes) -> str:
        with hurried(0.05):
            while True:
                pass

    (failure,) = run(Kind("sample", lambda _random: b"", check), 1, range(1)).failures

    assert failure.what == "too slow"
    assert "in check" in failure.trace


def test_counts_are_put_right_after_a_change() -> None:
    body = b" a\n-b\n+c\n+d\n\\ No newline at end of file\n"
    patch = b"--- a/f\n+++ b/f\n@@ -1 +1 @@ x\n" + body + b"--- a/g\n+++ b/g\n@@ -0,0 +9 @@\n+e\n"

    assert with_right_counts(patch) == patch.replace(b"-1 +1", b"-1,2 +1,3").replace(b"-0,0 +9 ", b"-0,0 +9,1 ")


def test_a_forged_chain_holds() -> None:
    lines = journal_lines()

    assert rechained([b'{"e":"open"}', b"no JSON", *lines])[:2] == [b'{"e":"open","n":0,"prev":null}', b"no JSON"]
    assert rechained(lines) == lines


def test_json_changes_in_one_place_or_another() -> None:
    value = {"a": [1, {"b": "c"}], "d": None}

    changed = [repr(mutated_json(Random(number), value)) for number in range(50)]  # noqa: S311 - no secret

    assert len(set(changed)) > 25
    assert value == {"a": [1, {"b": "c"}], "d": None}

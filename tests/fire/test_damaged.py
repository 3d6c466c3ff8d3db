"""What the command line says and ends with when the record it reads was damaged."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.review.model import ReviewId
from reviewer.review.record import LONGEST_LINE, event_id
from tests.fire.visiting import Visit, reviewer, visit
from tests.scratch import Scratch

FINE, USAGE, DAMAGED, TOO_NEW = 0, 2, 4, 5


@pytest.fixture
def reviewed(scratch: Scratch) -> Scratch:
    """A repository with a change about which three things were noted: alpha, bravo, gamma."""
    scratch.commit({"pay.py": "def pay():\n    return 1\n"})
    scratch.write("pay.py", "def pay():\n    return 2\n")
    for note in ("alpha", "bravo", "gamma"):
        visit(scratch.folder, note=note)
    _in_one_file(_home(scratch))
    return scratch


def _home(scratch: Scratch) -> Path:
    return scratch.folder / ".git/reviewer/reviews"


def _in_one_file(home: Path) -> None:
    """Put what three sessions said into the journal of the first, as if it had been one session."""
    files = sorted(home.rglob("*.jsonl"), key=lambda file: json.loads(file.read_bytes().splitlines()[0])["lc"])
    lines = files[0].read_bytes().splitlines()
    for file in files[1:]:
        raw = json.loads(file.read_bytes().splitlines()[-1]) | {"n": len(lines), "prev": event_id(lines[-1])}
        lines.append(json.dumps(raw).encode())
        file.unlink()
    files[0].write_bytes(b"".join(line + b"\n" for line in lines))


def _change(scratch: Scratch, change: Callable[[list[bytes]], list[bytes]]) -> Path:
    """Change the lines of the only journal; the last one is empty, behind the last line feed."""
    (file,) = _home(scratch).rglob("*.jsonl")
    file.write_bytes(b"\n".join(change(file.read_bytes().split(b"\n"))))
    return file


def _next(lines: list[bytes], fields: bytes) -> list[bytes]:
    """Add a line that follows the others."""
    number, prev = len(lines) - 1, event_id(lines[-2]).encode()
    line = b'{"n":%d,"lc":%d,"at":"2026-01-31T12:00:00Z","prev":"%s",%s}' % (number, number, prev, fields)
    return [*lines[:-1], line, b""]


DAMAGES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], int, int]] = {
    "cut in the middle of a line": (lambda lines: [*lines[:4], lines[4][:30]], 5, 2),
    "cut before the last line feed": (lambda lines: lines[:-1], 5, 2),
    "a bit flipped": (lambda lines: [*lines[:3], lines[3].replace(b"bravo", b"cravo"), *lines[4:]], 5, 1),
    "two lines swapped": (lambda lines: [*lines[:3], lines[4], lines[3], b""], 4, 1),
    "a line duplicated": (lambda lines: [*lines[:4], lines[3], *lines[4:]], 5, 2),
    "a line deleted": (lambda lines: [*lines[:3], *lines[4:]], 4, 1),
    "the first line deleted": (lambda lines: lines[1:], 1, 0),
    "a line put in between": (lambda lines: [*_next([*lines[:3], b""], b'"e":"later"')[:-1], *lines[3:]], 5, 1),
    "conflict markers": (lambda lines: [*lines[:3], b"<<<<<<< HEAD", *lines[3:4], b"=======", *lines[4:]], 4, 1),
    "CRLF": (lambda lines: [line + b"\r" for line in lines[:-1]] + [b""], 1, 0),
    "CRLF from the third line on": (lambda lines: [*lines[:2], *(line + b"\r" for line in lines[2:])], 3, 0),
    "a byte-order mark": (lambda lines: [b"\xef\xbb\xbf" + lines[0], *lines[1:]], 1, 0),
    "a key that stands twice": (lambda lines: _next(lines, b'"e":"note","body":"x","body":"y"'), 6, 3),
    "NaN": (lambda lines: _next(lines, b'"e":"later","x":NaN'), 6, 3),
    "Infinity": (lambda lines: _next(lines, b'"e":"later","x":-Infinity'), 6, 3),
    "nesting": (lambda lines: _next(lines, b'"e":"later","x":' + b"[" * 99_999 + b"]" * 99_999), 6, 3),
    "a line over the limit": (lambda lines: _next(lines, b'"e":"later","x":"%s"' % (b"x" * LONGEST_LINE)), 6, 3),
    "blocks the disk lost": (lambda lines: [*lines[:4], b"\0" * 4096], 5, 2),
    "an empty line": (lambda lines: [*lines[:3], b"", *lines[3:]], 4, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_journal_ends_in_exit_4_with_its_file_and_line_and_shows_what_was_written_before(
    reviewed: Scratch, name: str
) -> None:
    change, line, kept = DAMAGES[name]
    file = _change(reviewed, change)

    shown = reviewer("show", folder=reviewed.folder)
    resumed = visit(reviewed.folder, note="after")

    assert shown.returncode == DAMAGED
    assert f"{file.name}: line {line}: " in shown.stderr
    assert "what is above is all that can be read" in shown.stderr
    notes = ["alpha", "bravo", "gamma"]
    assert [note for note in notes if note in shown.stdout] == notes[:kept]
    assert resumed == Visit(resumed.review, notes[:kept], resumed.damages, None)
    assert [damage.startswith(f"{file.name}: line {line}: ") for damage in resumed.damages] == [True]
    assert visit(reviewed.folder).notes == sorted(["after", *notes[:kept]])


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[0].replace(b"reviewer.review/1", b"reviewer.review/2"), *lines[1:]],
        lambda lines: _next(lines, b'"e":"of-the-future","must":1'),
    ],
    ids=["schema", "must"],
)
def test_a_record_of_a_newer_version_ends_in_exit_5_and_says_to_update(
    reviewed: Scratch, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    file = _change(reviewed, change)

    shown = reviewer("show", folder=reviewed.folder)

    assert shown.returncode == TOO_NEW
    assert str(file) in shown.stderr
    assert "update reviewer" in shown.stderr
    assert shown.stdout == ""


def test_an_unknown_event_that_need_not_be_understood_is_passed_over(reviewed: Scratch) -> None:
    _change(reviewed, lambda lines: _next(lines, b'"e":"of-the-future"'))

    shown = reviewer("show", folder=reviewed.folder)

    assert (shown.returncode, shown.stderr) == (FINE, "")
    assert visit(reviewed.folder).notes == ["alpha", "bravo", "gamma"]


def test_a_change_of_the_last_line_is_seen_only_by_another_copy(reviewed: Scratch) -> None:
    (file,) = _home(reviewed).rglob("*.jsonl")
    copy = reviewed.write(f".reviews/{file.parent.name}/{file.name}", file.read_bytes())
    copy.write_bytes(copy.read_bytes().replace(b"gamma", b"delta"))

    beside = reviewer("show", folder=reviewed.folder)
    file.unlink()
    alone = reviewer("show", folder=reviewed.folder)

    assert beside.returncode == DAMAGED
    assert f"{file.name}: the published copy differs from the live journal, and was not read" in beside.stderr
    assert "gamma" in beside.stdout
    # Without a signature nothing else binds it: DESIGN says so, and a signed line is checked by its signature.
    assert alone.returncode == FINE
    assert "delta" in alone.stdout


def test_a_journal_without_a_whole_line_is_told(reviewed: Scratch) -> None:
    file = _change(reviewed, lambda lines: [lines[0][:10]])

    shown = reviewer("show", folder=reviewed.folder)

    assert shown.returncode == DAMAGED
    assert f"{file.name}: line 1: cut off while it was written" in shown.stderr


def test_no_review_is_no_damage_and_says_how_to_start_one(scratch: Scratch) -> None:
    shown = reviewer("show", ReviewId("2026"), folder=scratch.folder)

    assert shown.returncode == USAGE
    assert "`reviewer` starts one" in shown.stderr

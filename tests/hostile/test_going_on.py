"""Going on with a review on hostile ground: what it became, what was said meanwhile, and what is gone."""

import os
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

from reviewer.analysis.finding import Finding, FindingId, RuleSlug, Severity
from reviewer.points import Point
from reviewer.repository import choose_target, discover, read_diff
from reviewer.review.events import Dispose, TakeNote, View
from reviewer.review.model import Disposition, Reviewer, Side, Spot
from reviewer.session.opening import open_session
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from reviewer.visible import show
from tests.hostile.ground import RANGE, Ground, Write, harmless, hostile, journal_of, prepare
from tests.hostile.judging import marked
from tests.hostile.walking import Walk, walking

_FILTER = "\u202e\u009b2J[/][red]"
_DOWN = "\x1b[B"
_FIELDS = ("since", "live-note", "live-writer", "no-editor", "blocking", "later", "goal")


def test_what_a_review_became_lets_no_byte_of_others_act(tmp_path: Path, pinned: None) -> None:
    walks = {}
    for name, write, said in (("plain", harmless, harmless), ("hostile", hostile, marked)):
        ground = _prepare(tmp_path, name, write)
        with walking(RANGE, folder=ground.folder, EDITOR=write("no-editor")) as walks[write]:
            _go_on(walks[write], ground, said)
            after = walks[write].leave()
        assert "all is saved" in after

    usual, walk = walks[harmless], walks[hostile]
    assert walk.sequences - usual.sequences == set()
    assert (walk.unseen, walk.title) == (set(), usual.title)
    assert [b64decode(text) for text in walk.copied] == []
    seen = "\n".join(walk.seen)
    assert [name for name in _FIELDS if marked(name) not in seen] == []


def _prepare(folder: Path, name: str, write: Write) -> Ground:
    """Make the ground, read some of it, and let it become something else."""
    (folder / name).mkdir()
    ground = prepare(folder / name, write, name_rule=harmless)
    session = _begin(ground)
    mallory = Reviewer(write("live-writer"), write("live-address"))
    spot = Spot(ground.path("heading.c"), Side.NEW, 14, 14, b"    return 2;")
    journals = discover(ground.folder).common_dir / "reviewer" / "reviews" / session.review
    (journals / "mallory.2.jsonl").write_bytes(journal_of(mallory, TakeNote(write("live-note"), spot)))
    first, second, rest = (ground.folder / os.fsdecode(ground.path("data.txt"))).read_bytes().split(b"\n", 2)
    _amend(ground, "data.txt", b"\n".join((first, write("since").encode() + second, rest)))
    return ground


def _begin(ground: Ground) -> Session:
    """Say as the reviewer what stays in the way: a file that was read, a flag that will be gone, a blocking note."""
    repository, write = discover(ground.folder), ground.write
    target = choose_target(repository, RANGE)
    diff = read_diff(repository, target)
    session = open_session(Subject(diff, target.label, repository, target.old, target.new), ground.folder)
    by_file = zip(diff.walk(), session.scope.by_hunk, strict=True)
    session.dispatch(View(tuple(edit for (file, _), edits in by_file if b"data" in file.path for edit in edits)))
    path = ground.path("code.py")
    flag = Finding(
        FindingId(write("gone-id")), RuleSlug("gone-rule"), path, 4, Severity.HIGH, Point.SCALE, write("gone-flag")
    )
    session.raise_flags([flag])
    session.dispatch(Dispose(flag.id, Disposition.NEEDS_CHANGE, write("needed")))
    session.dispatch(TakeNote(write("blocking"), Spot(path), is_blocking=True))
    session.close()
    return session


def _amend(ground: Ground, name: str, content: bytes) -> None:
    path = ground.path(name)
    ground.scratch.write(path, content)
    ground.scratch.git("--literal-pathspecs", "add", "--", path)
    ground.scratch.git("commit", "--quiet", "--amend", "--no-edit", "--no-verify")


def _go_on(walk: Walk, ground: Ground, said: Callable[[str], str]) -> None:
    walk.wait_for("ed: ", " edits kept, 1 changed")
    walk.press("P", "part of a file's name")
    walk.press("data\r", "[±] changed since you read it", "since you read it", "then +", gone="part of a file's name")
    walk.press("G")
    walk.press("P", "part of a file's name")
    walk.press("data\r", said("since"), gone="part of a file's name")
    walk.press("P", "part of a file's name")
    walk.press("heading\r", "return 2;", gone="part of a file's name")
    walk.press("j", said("live-writer"), said("live-note"))
    walk.press("e", f"{said('no-editor').partition(' ')[0]}", "no such editor")
    _pick_flags(walk)
    _settle(walk, said)
    _read_again(walk, ground, said)


def _pick_flags(walk: Walk) -> None:
    """Keep to flags in words that were pasted: some that no flag has, and some that many have."""
    walk.press("L", "words to keep to")
    walk.paste(_FILTER, show(_FILTER))
    walk.press("\r", gone=show(_FILTER))
    walk.press("L", "words to keep to")
    walk.paste("gone-rule", "gone-rule")
    walk.wait_for(gone="words to keep to")
    walk.press("\r", "f and F are keeping to: gone-rule")
    walk.press("\x1b", gone="edits kept")


def _settle(walk: Walk, said: Callable[[str], str]) -> None:
    walk.press("S", "things stand in the way")
    walk.press(_DOWN * 99, said("blocking"))
    walk.press("\t", "y settled   n not yet", said("blocking"))
    walk.press("n", gone="y settled   n not yet")
    walk.press("S", "things stand in the way")
    walk.press("\x1b", gone="things stand in the way")


def _read_again(walk: Walk, ground: Ground, said: Callable[[str], str]) -> None:
    """Let the change be another, none at all, and one that git cannot tell, each time the reviewer reads it again."""
    scratch = ground.scratch
    _amend(ground, "later.txt", ground.write("later").encode() + b"\n")
    walk.press("R", "A later")
    walk.press("P", "part of a file's name")
    walk.press("later\r", said("later"), gone="part of a file's name")
    tip = scratch.oid("HEAD")
    scratch.git("update-ref", "HEAD", scratch.oid("main"))
    walk.press("R", "nothing is changed any more")
    scratch.git("symbolic-ref", "HEAD", f"refs/heads/none{ground.in_ref}")
    walk.press("R", "main...HEAD")
    scratch.git("update-ref", "HEAD", tip)

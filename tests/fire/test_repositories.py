"""Reviews in every kind of repository git has, and in those that cannot be written to."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reviewer.errors import CannotDetermine
from reviewer.review.events import Sign
from reviewer.review.model import Verdict
from tests.fire.visiting import Visit, open_at, reviewer, visit, visit_without_rights, without_rights
from tests.scratch import Scratch

BEFORE, AFTER = "def pay():\n    return 1\n", "def pay():\n    return 2\n"
CANNOT_DETERMINE = CannotDetermine.exit_code


def _changed(scratch: Scratch) -> Scratch:
    scratch.commit({"pay.py": BEFORE})
    scratch.write("pay.py", AFTER)
    return scratch


@pytest.fixture
def changed(scratch: Scratch) -> Scratch:
    return _changed(scratch)


@pytest.fixture
def read_only(changed: Scratch) -> Iterator[Scratch]:
    """A repository that was reviewed, and in which nothing can be written since."""
    visit(changed.folder, note="before")
    places = [changed.folder, *changed.folder.rglob("*")]
    for place in places:
        place.chmod(place.stat().st_mode & ~0o222)
    yield changed
    for place in places:
        place.chmod(place.stat().st_mode | 0o200)


def _goes_on(folder: Path, revision: str | None = None) -> None:
    """Check that a review begins here, goes on in the next session, and is shown."""
    first = visit(folder, revision, note="first")
    second = visit(folder, revision, note="second")

    shown = reviewer("show", folder=folder)

    assert first == Visit(first.review, [], [], None)
    assert second == Visit(first.review, ["first"], [], None)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "first" in shown.stdout
    assert "second" in shown.stdout


def test_in_a_read_only_repository_a_review_is_read_and_nothing_is_shown_as_saved(read_only: Scratch) -> None:
    told = visit_without_rights(read_only.folder)
    shown = reviewer("show", folder=read_only.folder, prefix=without_rights())

    assert told.notes == ["before"]
    assert told.damages == []
    assert told.error is not None
    assert "not saved (Permission denied); make room or check permissions, then try again" in told.error
    assert shown.returncode == 0
    assert "before" in shown.stdout


def test_in_a_read_only_repository_that_has_no_review_one_can_look_and_is_told_that_nothing_is_saved(
    changed: Scratch,
) -> None:
    git = changed.folder / ".git"
    git.chmod(0o500)

    told = visit_without_rights(changed.folder)
    listed = reviewer("diff", "--format", "json", folder=changed.folder, prefix=without_rights())

    git.chmod(0o700)
    assert told.error is not None
    assert "not saved (Permission denied)" in told.error
    assert listed.returncode == 0
    assert not (git / "reviewer").exists()


def test_where_nothing_can_be_published_a_sign_off_stands_and_says_so(
    changed: Scratch,
) -> None:
    published = changed.write(".reviews", "in the way")

    session = open_at(changed.folder)
    session.dispatch(Sign(Verdict.COMMENT, session.scope.id, 0.0))

    assert session.unpublished is not None
    assert str(published) in session.unpublished
    assert open_at(changed.folder).state.verdict is not None


def test_linked_worktrees_see_each_others_live_journals(changed: Scratch, tmp_path: Path) -> None:
    changed.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "second"))
    (tmp_path / "second" / "pay.py").write_text(AFTER)

    first = visit(changed.folder, note="in the first")
    second = visit(tmp_path / "second", note="in the second")
    shown = reviewer("show", folder=tmp_path / "second")

    assert second == Visit(first.review, ["in the first"], [], None)
    assert visit(changed.folder).notes == ["in the first", "in the second"]
    assert "in the first" in shown.stdout


def test_a_submodule_has_reviews_of_its_own(changed: Scratch, make_scratch: Callable[..., Scratch]) -> None:
    outer = make_scratch("outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(changed.folder), "part")
    outer.commit(message="with a part")
    (outer.folder / "part" / "pay.py").write_text(AFTER)

    _goes_on(outer.folder / "part")

    assert list((outer.folder / ".git/modules/part/reviewer/reviews").rglob("*.jsonl"))
    outside = reviewer("show", folder=outer.folder)
    assert outside.returncode == 2
    assert "no review here yet" in outside.stderr


def test_a_bare_repository_has_reviews_of_its_commits(tmp_path: Path) -> None:
    bare = Scratch(tmp_path / "bare", "--bare")
    bare.import_commits({b"pay.py": BEFORE.encode()}, {b"pay.py": AFTER.encode()})

    _goes_on(bare.folder, "main")

    assert reviewer("scan", "--worktree", folder=bare.folder).returncode == CANNOT_DETERMINE
    session = open_at(bare.folder, "main")
    session.dispatch(Sign(Verdict.COMMENT, session.scope.id, 0.0))
    assert session.unpublished is None


def test_a_repository_with_sha_256_is_reviewed_like_any_other(make_scratch: Callable[..., Scratch]) -> None:
    scratch = _changed(make_scratch("sha256", "--object-format=sha256"))

    _goes_on(scratch.folder)

    scratch.commit(message="pay")
    assert visit(scratch.folder, "HEAD").notes == ["first", "second"]


def test_a_detached_head_is_reviewed_like_any_other(changed: Scratch) -> None:
    changed.git("checkout", "--quiet", "--detach")

    _goes_on(changed.folder)


def test_before_the_first_commit_everything_is_under_review(scratch: Scratch) -> None:
    scratch.write("pay.py", AFTER)

    _goes_on(scratch.folder)

    assert open_at(scratch.folder).diff.changed_lines == 2
    lost = reviewer("scan", "HEAD", folder=scratch.folder)
    assert lost.returncode == CANNOT_DETERMINE
    assert "'HEAD': git knows no such commit or range" in lost.stderr


def test_a_shallow_clone_is_reviewed_as_far_as_it_goes_and_says_how_to_go_deeper(
    changed: Scratch, tmp_path: Path
) -> None:
    changed.commit(message="pay")
    clone = tmp_path / "clone"
    changed.git("clone", "--quiet", "--depth=1", f"file://{changed.folder}", str(clone))
    (clone / "pay.py").write_text(BEFORE)

    _goes_on(clone)

    edge = reviewer("scan", "HEAD", folder=clone)
    assert edge.returncode == CANNOT_DETERMINE
    assert "its parent is not here; in a shallow clone run `git fetch --unshallow`" in edge.stderr


def test_a_record_that_arrived_with_a_clone_goes_on_there(changed: Scratch, tmp_path: Path) -> None:
    visit(changed.folder, note="at home")
    session = open_at(changed.folder)
    session.dispatch(Sign(Verdict.REQUEST_CHANGES, session.scope.id, 0.0))
    changed.commit(message="pay, with its review")
    clone = tmp_path / "clone"
    changed.git("clone", "--quiet", str(changed.folder), str(clone))

    there = visit(clone, "HEAD", note="abroad")

    assert there == Visit(session.review, ["at home"], [], None)
    assert visit(clone, "HEAD").notes == ["abroad", "at home"]


def test_reviews_are_kept_where_the_environment_says_the_repository_is(
    changed: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit(changed.folder, note="inside")
    monkeypatch.setenv("GIT_DIR", os.fspath(changed.folder / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", os.fspath(changed.folder))

    shown = reviewer("show", folder=tmp_path)

    assert shown.returncode == 0
    assert "inside" in shown.stdout

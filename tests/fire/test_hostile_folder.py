"""What can lie in `.reviews/` besides journals: the repository under review puts there whatever it likes."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.errors import CannotDetermine
from reviewer.review.events import TakeNote
from reviewer.store import Store
from tests.fire.visiting import Visit, reviewer, visit, visit_without_rights, without_rights
from tests.interrupted import store_in
from tests.review.samples import REVIEW, journal
from tests.scratch import Scratch

OPEN = journal(TakeNote("open"))
SECRET = journal(TakeNote("secret"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with one published review of one open journal."""
    store = store_in(tmp_path)
    _folder(store).mkdir(parents=True)
    (_folder(store) / "ada.1.jsonl").write_bytes(OPEN)
    return store


@pytest.fixture
def changed(scratch: Scratch) -> Scratch:
    """A repository with a change that was reviewed: `seen` is noted, signed by nobody."""
    scratch.commit({"pay.py": "def pay():\n    return 1\n"})
    scratch.write("pay.py", "def pay():\n    return 2\n")
    visit(scratch.folder)
    return scratch


def _folder(store: Store) -> Path:
    assert store.published is not None
    return store.published / REVIEW


def _said(store: Store) -> list[str]:
    return [entry.event.body for entry in store.read(REVIEW).entries if isinstance(entry.event, TakeNote)]


def _link_to_a_journal(place: Path) -> None:
    target = place.parents[3] / "secret.jsonl"
    target.write_bytes(SECRET)
    place.symlink_to(target)


def _dangling_link(place: Path) -> None:
    place.symlink_to("nowhere")


def _link_to_itself(place: Path) -> None:
    place.symlink_to(place)


def _endless_link(place: Path) -> None:
    place.symlink_to("/dev/zero")


def _socket(place: Path) -> None:
    # The name of a socket has a limit that a temporary folder can be beyond.
    home = Path.cwd()
    os.chdir(place.parent)
    try:
        with socket.socket(socket.AF_UNIX) as plug:
            plug.bind(place.name)
    finally:
        os.chdir(home)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_link_to_a_journal, "is a symbolic link, and was not followed; remove it"),
        (_dangling_link, "is a symbolic link, and was not followed; remove it"),
        (_link_to_itself, "is a symbolic link, and was not followed; remove it"),
        (_endless_link, "is a symbolic link, and was not followed; remove it"),
        (os.mkfifo, "is no file, and was not read; remove it"),
        (_socket, "is no file, and was not read; remove it"),
        (Path.mkdir, "is no file, and was not read; remove it"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_named_like_a_journal_and_is_none_is_told_and_neither_followed_nor_waited_for(
    store: Store, make: Callable[[Path], None], reason: str
) -> None:
    make(_folder(store) / "ben.1.jsonl")

    record = store.read(REVIEW)

    assert _said(store) == ["open"]
    assert record.damages == (f"ben.1.jsonl: {reason}",)
    assert store.reviews() == (REVIEW,)


def test_a_device_is_told_and_not_opened(store: Store) -> None:
    try:
        os.mknod(_folder(store) / "ben.1.jsonl", 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices; a link to one is tested above")

    assert store.read(REVIEW).damages == ("ben.1.jsonl: is no file, and was not read; remove it",)


@pytest.mark.parametrize("make", [_link_to_a_journal, os.mkfifo, Path.mkdir], ids=lambda make: make.__name__)
def test_a_folder_without_any_real_journal_is_no_review(tmp_path: Path, make: Callable[[Path], None]) -> None:
    store = store_in(tmp_path)
    _folder(store).mkdir(parents=True)
    make(_folder(store) / "ada.1.jsonl")

    assert store.reviews() == ()


def test_a_review_behind_a_link_is_told_and_not_read(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "ada.1.jsonl").write_bytes(SECRET)
    _folder(store).parent.mkdir(parents=True)
    _folder(store).symlink_to(tmp_path / "elsewhere")

    assert store.reviews() == ()
    assert _said(store) == []
    damage = f".reviews/{REVIEW}: is a symbolic link, and was not followed; remove it"
    assert store.read(REVIEW).damages == (damage,)


def test_published_reviews_behind_a_link_are_told_and_not_read(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    (tmp_path / "elsewhere" / REVIEW).mkdir(parents=True)
    (tmp_path / "elsewhere" / REVIEW / "ada.1.jsonl").write_bytes(SECRET)
    assert store.published is not None
    store.published.parent.mkdir()
    store.published.symlink_to(tmp_path / "elsewhere")

    assert store.reviews() == ()
    assert store.read(REVIEW).damages == (".reviews: is a symbolic link, and was not followed; remove it",)


def test_many_large_files_cost_no_more_than_a_review_may_hold(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.store._LARGEST_REVIEW", 5_000_000)
    for name in "bcd":
        with (_folder(store) / f"{name}.1.jsonl").open("wb") as stream:
            stream.truncate(2_000_000)

    damages = store.read(REVIEW).damages

    assert _said(store) == ["open"]
    assert damages == (
        "b.1.jsonl: line 1: cut off while it was written",
        "c.1.jsonl: line 1: cut off while it was written",
        "d.1.jsonl: is too large for a review record, and was not read",
    )


def test_reviews_that_may_not_be_listed_are_no_empty_list(changed: Scratch) -> None:
    folder = changed.folder / ".reviews"
    folder.mkdir(mode=0)

    shown = reviewer("show", folder=changed.folder, prefix=without_rights())

    assert shown.returncode == CannotDetermine.exit_code
    assert f"{folder}: cannot be read (Permission denied); check the permissions" in shown.stderr
    assert shown.stdout == ""


def test_a_folder_that_may_be_listed_and_not_entered_hides_nothing(changed: Scratch) -> None:
    (folder,) = (changed.folder / ".git/reviewer/reviews").iterdir()
    folder.chmod(0o600)

    shown = reviewer("show", folder=changed.folder, prefix=without_rights())

    folder.chmod(0o700)
    assert shown.returncode == 4
    assert "cannot be read (Permission denied)" in shown.stderr


def test_a_journal_that_may_not_be_read_is_damage_and_the_others_are_read(changed: Scratch) -> None:
    (first,) = (changed.folder / ".git/reviewer/reviews").rglob("*.jsonl")
    visit(changed.folder, note="later")
    first.chmod(0)

    told = visit_without_rights(changed.folder)
    shown = reviewer("show", folder=changed.folder, prefix=without_rights())

    assert told == Visit(told.review, ["later"], [f"{first.name}: cannot be read (Permission denied)"], None)
    assert shown.returncode == 4
    assert f"{first.name}: cannot be read (Permission denied)" in shown.stderr

import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from reviewer.drafts import Drafts
from reviewer.errors import ReviewerError
from reviewer.review.draft import Draft, begin_draft
from reviewer.review.events import TakeNote
from reviewer.review.model import Spot

DRAFT = begin_draft(TakeNote("half a thou", Spot(b"shop.py")))


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    return Drafts(tmp_path / "reviews" / "r", "ada-example.org")


def _says(draft: Draft, body: str) -> Draft:
    return replace(draft, note=replace(draft.note, body=body))


def _editor(code: str) -> list[str]:
    """Return an editor that runs Python code on the path it is given."""
    return [sys.executable, "-c", f"import sys, pathlib; file = pathlib.Path(sys.argv[1]); {code}"]


def test_a_draft_is_there_until_it_is_dropped(drafts: Drafts) -> None:
    drafts.keep(DRAFT)
    drafts.keep(_says(DRAFT, "half a thought"), durable=True)

    assert drafts.read() == (_says(DRAFT, "half a thought"),)
    drafts.drop(DRAFT)
    assert drafts.read() == ()
    assert list(drafts.home.iterdir()) == []


def test_only_its_writer_can_read_a_draft(drafts: Drafts) -> None:
    drafts.keep(DRAFT)

    (file,) = drafts.home.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_drafts_of_others_are_left_alone(drafts: Drafts) -> None:
    drafts.keep(DRAFT)

    assert Drafts(drafts.home, "ada-example").read() == ()
    assert Drafts(drafts.home, "ben-example.org").read() == ()


def test_a_damaged_draft_is_left_where_it_is(drafts: Drafts) -> None:
    drafts.keep(DRAFT)
    (file,) = drafts.home.iterdir()
    file.write_bytes(b'{"schema"')

    assert drafts.read() == ()
    assert file.exists()


def test_a_link_is_not_followed(drafts: Drafts, tmp_path: Path) -> None:
    drafts.keep(DRAFT)
    (file,) = drafts.home.iterdir()
    other = tmp_path / "other"
    file.rename(other)
    file.symlink_to(other)

    assert drafts.read() == ()


def test_a_full_or_closed_disk_is_said(drafts: Drafts) -> None:
    drafts.home.parent.mkdir(parents=True)
    drafts.home.write_bytes(b"a file where the folder should be")

    with pytest.raises(ReviewerError, match="the draft is not kept on disk"):
        drafts.keep(DRAFT)


def test_the_editor_gets_the_text_and_its_text_comes_back(drafts: Drafts) -> None:
    edited = drafts.edit(DRAFT, _editor("file.write_text(file.read_text().upper() + 'more\\n')"))

    assert edited == _says(DRAFT, "HALF A THOU\nmore")
    assert drafts.read() == (edited,)
    assert [file.suffix for file in drafts.home.iterdir()] == [".draft"]


def test_an_editor_that_fails_changes_nothing(drafts: Drafts) -> None:
    drafts.keep(DRAFT)

    with pytest.raises(ReviewerError, match="ended with 3; the text is as it was before"):
        drafts.edit(DRAFT, _editor("file.write_text('gone'); sys.exit(3)"))

    assert drafts.read() == (DRAFT,)


def test_an_editor_that_is_not_there_is_said(drafts: Drafts) -> None:
    with pytest.raises(ReviewerError, match="no-such-editor: cannot be run"):
        drafts.edit(DRAFT, ["no-such-editor"])

    assert [each.suffix for each in drafts.home.iterdir()] == [".draft"]


def test_what_an_editor_saved_is_found_again_if_we_were_killed_meanwhile(drafts: Drafts) -> None:
    drafts.keep(DRAFT)
    (file,) = drafts.home.iterdir()
    file.with_suffix(".md").write_text("half a thought\n")

    assert drafts.read() == (_says(DRAFT, "half a thought"),)
    assert [each.suffix for each in drafts.home.iterdir()] == [".draft"]


def test_text_begun_in_an_editor_is_found_again_too(
    drafts: Drafts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    begun = _says(DRAFT, "begun")
    drafts.edit(
        _says(DRAFT, ""), _editor("file.write_text('begun'); import shutil; shutil.copytree(file.parent, 'copy')")
    )

    assert Drafts(Path("copy"), drafts.writer).read() == (begun,)

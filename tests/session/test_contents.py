"""What is known of files without lines comes from git and the working tree; of a patch, only from git."""

from dataclasses import replace

import pytest

from reviewer.diff.contents import Content, Contents
from reviewer.diff.patchfile import parse_patch_file
from reviewer.session.subject import Subject
from tests.scratch import Scratch


@pytest.fixture
def subject(scratch: Scratch) -> Subject:
    scratch.commit({"f": b"%PDF-\0"})
    scratch.write("f", b"%PDF-\0\0")
    return Subject(scratch.diff(), "x", scratch.repository)


def test_both_sides_of_a_file_of_the_working_tree_are_known(subject: Subject) -> None:
    assert subject.contents([0]) == {0: Contents(Content("PDF", 6), Content("PDF", 7))}


def test_a_patch_says_nothing_about_what_lies_in_the_working_tree(scratch: Scratch, subject: Subject) -> None:
    patch = parse_patch_file(scratch.git("diff", "--binary"), "x.patch")

    known = replace(subject, diff=patch, is_patch=True).contents([0])

    assert known == {0: Contents(Content("PDF", 6), None)}


def test_without_a_repository_and_behind_the_last_file_nothing_is_known(subject: Subject) -> None:
    assert replace(subject, repository=None).contents([0]) == {}
    assert subject.contents([7]) == {}


def test_nothing_is_fetched_for_it(scratch: Scratch) -> None:
    scratch.commit({"f": b"%PDF-\0"})
    scratch.commit({"f": b"%PDF-\0\0"})
    scratch.git("config", "uploadpack.allowFilter", "true")
    scratch.git("config", "uploadpack.allowAnySHA1InWant", "true")
    clone = object.__new__(Scratch)
    clone.folder = scratch.folder.parent / "partial"
    url = f"file://{scratch.folder}"
    scratch.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", url, str(clone.folder))
    subject = Subject(scratch.diff("HEAD~1..HEAD"), "x", clone.repository, is_patch=True)

    assert subject.contents([0]) == {0: Contents(None, None)}
    # What is missing has a question mark.
    missing = clone.git("rev-list", "--objects", "--all", "--missing=print").splitlines()
    assert len([line for line in missing if line.startswith(b"?")]) == 2

import os
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from reviewer.errors import CannotDetermine
from reviewer.repository.history import AI_NOTES, LARGEST, MOST_COMMITS, Commit, Person, commits_between
from reviewer.repository.target import empty_tree
from tests.scratch import Scratch

ADA = Person(b"Ada", b"ada@example.org")
THEN = datetime.fromtimestamp(1_700_000_000, UTC)


def commits_of(scratch: Scratch, old: str, new: str = "HEAD") -> tuple[Commit, ...]:
    return commits_between(scratch.repository, scratch.oid(old), scratch.oid(new)).commits


def write_commit(scratch: Scratch, text: bytes) -> str:
    """Store a commit as it is, however malformed, and return its id."""
    options = ("-t", "commit", "-w", "--stdin", "--literally")
    return scratch.git("hash-object", *options, stdin=text).decode().strip()


def headers(scratch: Scratch, *, author: bytes = b"Ada <ada@example.org> 1700000000 +0000") -> bytes:
    tree = empty_tree(scratch.repository).encode()
    return b"tree %s\nauthor %s\ncommitter Ada <ada@example.org> 1700000000 +0000\n" % (tree, author)


def annotate(scratch: Scratch, oid: str, text: str) -> None:
    scratch.git("notes", f"--ref={AI_NOTES}", "add", "-f", "-m", text, oid)


def test_commits_are_read_ancestors_first_and_without_the_first_end(scratch: Scratch):
    first, second, third = (scratch.commit(message=f"change {number}\n\nbody") for number in range(3))

    found = commits_between(scratch.repository, first, third)

    assert found.commits == (
        Commit(second, ADA, ADA, b"change 1\n\nbody\n", authored=THEN, parents=(first,)),
        Commit(third, ADA, ADA, b"change 2\n\nbody\n", authored=THEN, parents=(second,)),
    )
    assert not found.is_cut


def test_from_the_empty_tree_every_commit_is_read(scratch: Scratch):
    oids = [scratch.commit(message=f"change {number}") for number in range(3)]

    found = commits_between(scratch.repository, empty_tree(scratch.repository), oids[-1])

    assert [commit.oid for commit in found.commits] == oids


def test_between_a_commit_and_itself_there_is_none(scratch: Scratch):
    oid = scratch.commit()

    assert commits_between(scratch.repository, oid, oid).commits == ()


def test_an_unknown_commit_is_said(scratch: Scratch):
    known = scratch.commit()

    for old, new in ((known, "1" * 40), ("1" * 40, known)):
        with pytest.raises(CannotDetermine):
            commits_between(scratch.repository, old, new)


def test_a_merge_brings_the_commits_of_its_branch(scratch: Scratch):
    start = scratch.commit({"a": "1"})
    scratch.git("switch", "--quiet", "--create", "side")
    side = scratch.commit({"b": "1"}, "side")
    scratch.git("switch", "--quiet", "main")
    main = scratch.commit({"c": "1"}, "main")
    scratch.git("merge", "--quiet", "--no-ff", "-m", "merge", "side")

    oids = [commit.oid for commit in commits_of(scratch, start)]

    assert set(oids) == {side, main, scratch.oid("HEAD")}
    assert oids[-1] == scratch.oid("HEAD")


@pytest.mark.parametrize("years", [(2001, 2002, 2003, 2004), (2004, 2003, 2002, 2001), (2003, 2001, 2004, 2002)])
def test_order_does_not_follow_the_clock(scratch: Scratch, years: tuple[int, ...]):
    dates = iter(f"{year}-01-01T00:00:00Z" for year in years)
    start = scratch.commit()
    for branch in ("left", "right"):
        scratch.git("switch", "--quiet", "--create", branch, start)
        for name in (f"{branch} 1", f"{branch} 2"):
            scratch.git("commit", "--quiet", "--allow-empty", "-m", name, GIT_COMMITTER_DATE=next(dates))
    scratch.git("merge", "--quiet", "--no-ff", "-m", "merge", "left")

    messages = [commit.message.decode().strip() for commit in commits_of(scratch, start)]

    assert messages == ["right 1", "right 2", "left 1", "left 2", "merge"]


def test_author_and_committer_are_told_apart(scratch: Scratch):
    start = scratch.commit()
    identity = {"GIT_AUTHOR_NAME": "Grace (aider)", "GIT_AUTHOR_EMAIL": "grace@example.org"}
    scratch.git("commit", "--quiet", "--allow-empty", "-m", "x", **identity)

    (commit,) = commits_of(scratch, start)

    assert (commit.author, commit.committer) == (Person(b"Grace (aider)", b"grace@example.org"), ADA)


def test_no_setting_changes_what_is_read(scratch: Scratch, monkeypatch: pytest.MonkeyPatch):
    start = scratch.commit({".mailmap": "Eve <eve@example.org> <ada@example.org>\n"})
    scratch.commit(message="caf\u00e9")
    before = commits_of(scratch, start)
    settings = {
        "log.showSignature": "true", "format.pretty": "%an", "gpg.program": "/bin/false", "log.mailmap": "true",
        "i18n.logOutputEncoding": "latin1", "i18n.commitEncoding": "latin1", "notes.displayRef": "refs/notes/*",
        "core.notesRef": "refs/notes/other",
    }  # fmt: skip
    for name, value in settings.items():
        scratch.git("config", name, value)
    monkeypatch.setenv("GIT_NOTES_REF", "refs/notes/other")

    assert commits_of(scratch, start) == before
    assert before[0].message == "caf\u00e9\n".encode()


def test_a_replaced_commit_is_read_as_it_was(scratch: Scratch):
    start = scratch.commit(message="start")
    real = scratch.commit(message="real")
    forged = write_commit(scratch, headers(scratch) + b"\nforged\n")
    scratch.git("replace", real, forged)

    assert [commit.message for commit in commits_of(scratch, start, real)] == [b"real\n"]


def test_a_header_that_goes_on_does_not_pass_for_another(scratch: Scratch):
    start = scratch.commit()
    signed = b"gpgsig -----BEGIN\n author Eve <eve@example.org> 1 +0000\n -----END\n"
    parent = b"parent %s\n" % start.encode()
    tree, rest = headers(scratch).split(b"\n", 1)
    oid = write_commit(scratch, tree + b"\n" + parent + signed + rest + b"\nauthor Mallory <m@example.org>\n")

    (commit,) = commits_between(scratch.repository, start, oid).commits

    assert (commit.author, commit.message) == (ADA, b"author Mallory <m@example.org>\n")


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        (b"Ada <a@b.example> <c@d.example> 1700000000 +0000", Person(b"Ada", b"a@b.example")),
        (b"<a@b.example> 1700000000 +0000", Person(b"", b"a@b.example")),
        (b"Ad\xe9 \x1b[2J <a\xff@b.example> 1700000000 +0000", Person(b"Ad\xe9 \x1b[2J", b"a\xff@b.example")),
        (b"nobody at all", Person(b"", b"")),
    ],
)
def test_a_malformed_person_is_read_as_git_reads_it(scratch: Scratch, author: bytes, expected: Person):
    oid = write_commit(scratch, headers(scratch, author=author) + b"\nmessage\n")

    (commit,) = commits_between(scratch.repository, empty_tree(scratch.repository), oid).commits

    assert (commit.author, commit.message, commit.is_whole) == (expected, b"message\n", True)


@pytest.mark.parametrize(
    "message", [b"", b"\n\n\n", b"\xff\xfe\x1b]0;x\x07", b"a\rb\r\nc", b"commit " + b"1" * 40, b"x" * 9_000]
)
def test_a_message_is_kept_byte_for_byte(scratch: Scratch, message: bytes):
    oid = write_commit(scratch, headers(scratch) + b"\n" + message)

    (commit,) = commits_between(scratch.repository, empty_tree(scratch.repository), oid).commits

    assert commit.message == message


def test_a_commit_that_is_too_large_is_there_but_unread(scratch: Scratch):
    start = scratch.commit()
    parent = b"parent %s\n" % start.encode()
    tree, rest = headers(scratch).split(b"\n", 1)
    oid = write_commit(scratch, tree + b"\n" + parent + rest + b"\n" + b"x" * LARGEST)

    (commit,) = commits_between(scratch.repository, start, oid).commits

    assert commit == Commit(oid, Person(b"", b""), Person(b"", b""), b"", is_whole=False)


def test_of_too_much_text_the_newest_is_read(scratch: Scratch):
    message = b"x" * 990_000
    commit = b"commit refs/heads/main\ncommitter Ada <ada@example.org> 1 +0000\ndata %d\n%s\n" % (len(message), message)
    scratch.git("fast-import", "--quiet", stdin=commit * 66)

    found = commits_between(scratch.repository, empty_tree(scratch.repository), scratch.oid("main"))

    assert [commit.is_whole for commit in found.commits] == [False, False, *[True] * 64]
    assert found.commits[-1].message == message


def test_of_too_many_commits_the_newest_are_read_and_that_is_said(scratch: Scratch):
    oids = scratch.import_commits(*({b"f": b"%d" % number} for number in range(MOST_COMMITS + 2)))

    exactly = commits_between(scratch.repository, oids[1], oids[-1])
    more = commits_between(scratch.repository, oids[0], oids[-1])

    assert [commit.oid for commit in exactly.commits] == list(oids[2:])
    assert (exactly.is_cut, more.is_cut) == (False, True)
    assert more.commits == exactly.commits


def test_notes_are_those_of_the_commit(scratch: Scratch):
    start = scratch.commit()
    first, second = scratch.commit(message="1"), scratch.commit(message="2")
    annotate(scratch, start, "of the start")
    annotate(scratch, second, "of the second")
    scratch.git("notes", "--ref=refs/notes/other", "add", "-m", "other", first)

    assert [commit.notes for commit in commits_of(scratch, start)] == [b"", b"of the second\n"]


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_notes_are_found_in_folders_of_any_depth(scratch: Scratch, depth: int):
    start, oid = scratch.commit(), scratch.commit()
    folders = "".join(f"{oid[2 * level : 2 * level + 2]}/" for level in range(depth))
    stream = (
        f"commit {AI_NOTES}\ncommitter Ada <ada@example.org> 1 +0000\ndata 0\n"
        f"M 100644 inline {folders}{oid[2 * depth :]}\ndata 4\nnote\n"
    )
    scratch.git("fast-import", "--quiet", stdin=stream.encode())

    assert [commit.notes for commit in commits_of(scratch, start)] == [b"note"]


def test_notes_that_git_moved_into_folders_are_found(scratch: Scratch):
    oids = scratch.import_commits(*({b"f": b"%d" % number} for number in range(400)))
    stream = "".join(f"N inline {oid}\ndata {len(oid)}\n{oid}\n" for oid in oids)
    start = f"commit {AI_NOTES}\ncommitter Ada <ada@example.org> 1 +0000\ndata 0\n"
    scratch.git("fast-import", "--quiet", stdin=(start + stream).encode())

    assert b"/" in scratch.git("ls-tree", "-r", "--name-only", AI_NOTES)
    assert all(commit.notes == commit.oid.encode() for commit in commits_of(scratch, oids[0], oids[-1]))


def test_what_is_no_text_where_a_note_would_stand_is_passed_over(scratch: Scratch):
    start, oid = scratch.commit(), scratch.commit()
    stream = (
        f"commit {AI_NOTES}\ncommitter Ada <ada@example.org> 1 +0000\ndata 0\n"
        f"M 160000 {start} {oid}\nM 100644 inline {oid[:2]}/{oid[2:]}/x\ndata 0\n"
    )
    scratch.git("fast-import", "--quiet", stdin=stream.encode())

    (commit,) = commits_of(scratch, start)

    assert (commit.notes, commit.is_whole) == (b"", True)


def test_a_note_that_is_too_large_leaves_the_commit_readable(scratch: Scratch):
    start, oid = scratch.commit(message="start"), scratch.commit(message="change")
    scratch.write("note", b"x" * 8_000_001)
    scratch.git("notes", f"--ref={AI_NOTES}", "add", "-F", "note", oid)

    (commit,) = commits_of(scratch, start, oid)

    assert commit == Commit(oid, ADA, ADA, b"change\n", is_whole=False, authored=THEN, parents=(start,))


def test_notes_are_read_in_a_repository_with_longer_ids(make_scratch: Callable[..., Scratch]):
    scratch = make_scratch("long", "--object-format=sha256")
    start, oid = scratch.commit(), scratch.commit()
    annotate(scratch, oid, "note")

    (commit,) = commits_of(scratch, start)

    assert (len(commit.oid), commit.notes) == (64, b"note\n")


def test_commits_are_read_in_a_bare_repository(make_scratch: Callable[..., Scratch]):
    scratch = make_scratch("bare", "--bare")
    first, second = scratch.import_commits({b"f": b"1"}, {b"f": b"2"})

    (commit,) = commits_between(scratch.repository, first, second).commits

    assert (commit.oid, commit.committer) == (second, ADA)


def test_in_a_shallow_clone_what_is_there_is_read(scratch: Scratch, make_scratch: Callable[..., Scratch]):
    for number in range(3):
        scratch.commit(message=f"change {number}")
    clone = make_scratch("clone")
    clone.git("fetch", "--quiet", "--depth=2", f"file://{os.fspath(scratch.folder)}", "main")

    tip = clone.oid("FETCH_HEAD")
    found = commits_between(clone.repository, empty_tree(clone.repository), tip)

    assert [commit.message for commit in found.commits] == [b"change 1\n", b"change 2\n"]

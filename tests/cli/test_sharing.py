"""Records on their way: `reviewer push` and `reviewer sync`, run as programs between real repositories."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pexpect
import pytest

from reviewer.repository import choose_target, discover
from reviewer.review.events import TakeNote
from reviewer.session.session import Session
from tests.hook.gated import BASE, LONGEST_WAIT, PROGRAM, Gated, Outcome, bare, install, introduce, open_at, run, sign
from tests.hook.pushing import recorder
from tests.scratch import SUBMODULE, Scratch

_NO_RECORDS = '#!/bin/sh\ncase "$1" in refs/reviews/*) echo "records are not taken here" >&2; exit 1 ;; esac\n'
_NO_BRANCHES = '#!/bin/sh\ncase "$1" in refs/heads/*) echo "this branch is frozen" >&2; exit 1 ;; esac\n'


@pytest.fixture
def work(tmp_path: Path, pinned_environment: None) -> Gated:
    """A repository without any hook, one commit of which is published."""
    return _begin(tmp_path)


def _begin(folder: Path) -> Gated:
    scratch = Scratch(folder / "repo")
    introduce(scratch.folder)
    scratch.commit({"f.py": BASE}, "base")
    scratch.git("remote", "add", "origin", str(bare(folder / "remote.git")))
    scratch.git("push", "--quiet", "origin", "main")
    return Gated(scratch, folder / "remote.git")


def _reviewer(folder: Path, *arguments: str, **environment: str) -> Outcome:
    return run([*PROGRAM, *arguments], folder, **environment)


def _push(work: Gated, *arguments: str, **environment: str) -> Outcome:
    return _reviewer(work.scratch.folder, "push", *arguments, **environment)


def _refs(folder: Path, place: str = "refs/reviews") -> dict[str, str]:
    command = ["git", "for-each-ref", "--format=%(refname) %(objectname)", place]
    listed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    return dict(line.split(" ") for line in listed.splitlines())  # type: ignore[arg-type]


def _records(work: Gated) -> int:
    return len(_refs(work.remote))


def _signed_edit(work: Gated, revision: str = "origin/main...main") -> str:
    new = work.edit()
    work.sign(revision)
    return new


def _refuse(work: Gated, hook: str) -> None:
    path = work.remote / "hooks" / "update"
    path.write_text(hook)
    path.chmod(0o755)


def _clone(work: Gated, name: str = "clone") -> Scratch:
    """Clone the remote as somebody else who reviews."""
    folder = work.remote.parent / name
    subprocess.run(["git", "clone", "--quiet", str(work.remote), str(folder)], check=True, capture_output=True)
    introduce(folder)
    return Scratch(folder)


def _begin_review(folder: Path, words: str) -> Session:
    """Begin the review of the latest commit, and leave it unfinished."""
    session = open_at(folder, choose_target(discover(folder), "HEAD"))
    session.dispatch(TakeNote(words))
    session.close()
    return session


# push: what goes, and what waits


def test_what_is_signed_off_goes_with_its_record(work: Gated) -> None:
    new = _signed_edit(work)

    pushed = _push(work, "origin", "main")

    assert pushed.status == 0, pushed.words
    assert (work.at("refs/heads/main"), _records(work)) == (new, 1)
    assert "reviewer: verified: 1 edit, approved by Rita <rita@example.org>" in pushed.words
    assert "reviewer: 1 review published in refs/reviews" in pushed.words


def test_what_nobody_signed_off_stays_here_and_so_does_every_record(work: Gated) -> None:
    old = work.at("refs/heads/main")
    work.edit()
    _begin_review(work.scratch.folder, "just begun")

    refused = _push(work, "origin", "main")

    assert refused.status == 1
    assert (work.at("refs/heads/main"), _records(work)) == (old, 0)
    assert "reviewer: refs/heads/main: not verified: origin/main...main" in refused.words
    assert "run `reviewer review origin/main...main`" in refused.words


def test_doing_as_told_lets_it_go(work: Gated) -> None:
    new = work.edit()

    work.do_as_told(_push(work, "origin", "main"))

    assert _push(work, "origin", "main").status == 0
    assert work.at("refs/heads/main") == new


def test_one_unread_branch_of_two_holds_both_back(work: Gated) -> None:
    _signed_edit(work)
    work.scratch.git("checkout", "--quiet", "-b", "unread", "origin/main")
    work.edit(15)

    refused = _push(work, "origin", "main", "unread")

    assert refused.status == 1
    assert "refs/heads/unread: not verified" in refused.words
    assert (work.at("refs/heads/main"), work.at("refs/heads/unread")) == (work.scratch.oid("origin/main"), None)


def test_the_record_lets_a_clone_verify_what_it_could_not_before(work: Gated) -> None:
    work.scratch.git("checkout", "--quiet", "-b", "topic")
    _signed_edit(work, "origin/main...topic")
    assert _push(work, "origin", "topic").status == 0
    clone = _clone(work).folder

    without = _reviewer(clone, "verify", "origin/main...origin/topic")
    subprocess.run(["git", "fetch", "--quiet", "origin", "refs/reviews/*:refs/reviews/*"], cwd=clone, check=True)
    with_records = _reviewer(clone, "verify", "origin/main...origin/topic")

    assert (without.status, with_records.status) == (1, 0)
    assert with_records.words.startswith("verified: 1 edit, approved by Rita <rita@example.org>")


# push: the words are git's


@pytest.mark.parametrize(
    "arguments",
    [
        ("-u", "origin", "HEAD"),
        ("origin", "main:refs/heads/main"),
        ("origin", "+HEAD:main"),
        ("--set-upstream", "origin", "main"),
        ("--atomic", "--porcelain", "origin", "main"),
        ("-o", "ci.skip", "-vu", "origin", "main"),
        ("--repo", "origin"),
        ("--all",),
    ],
    ids=" ".join,
)
def test_arguments_are_handed_on_as_they_are(work: Gated, arguments: tuple[str, ...]) -> None:
    subprocess.run(["git", "config", "receive.advertisePushOptions", "true"], cwd=work.remote, check=True)
    work.scratch.git("config", "push.default", "current")
    new = _signed_edit(work)

    pushed = _push(work, *arguments)

    assert pushed.status == 0, pushed.words
    assert (work.at("refs/heads/main"), _records(work)) == (new, 1)


def test_without_arguments_the_branch_goes_to_its_upstream(work: Gated) -> None:
    work.scratch.git("branch", "--set-upstream-to=origin/main")
    new = _signed_edit(work)

    assert _push(work).status == 0
    assert (work.at("refs/heads/main"), _records(work)) == (new, 1)


def test_without_an_upstream_git_says_what_is_missing(work: Gated) -> None:
    work.edit()

    refused = _push(work)

    assert refused.status == 3
    assert "The current branch main has no upstream branch" in refused.words


def test_an_upstream_that_is_asked_for_is_set(work: Gated) -> None:
    work.scratch.git("checkout", "--quiet", "-b", "topic")
    _signed_edit(work, "origin/main...topic")

    assert _push(work, "-u", "origin", "HEAD").status == 0
    assert work.scratch.git("rev-parse", "--abbrev-ref", "topic@{upstream}") == b"origin/topic\n"


def test_a_lease_that_holds_lets_an_amended_commit_replace_the_old_one(work: Gated) -> None:
    _signed_edit(work)
    assert _push(work, "origin", "main").status == 0
    work.scratch.write("f.py", BASE.replace("line 3\n", "amended 3\n"))
    work.scratch.git("commit", "--quiet", "--all", "--amend", "--no-edit", "--no-verify")

    refused = _push(work, "--force-with-lease", "origin", "main")
    work.do_as_told(refused)

    assert refused.status == 1
    assert _push(work, "--force-with-lease", "origin", "main").status == 0
    assert work.at("refs/heads/main") == work.scratch.oid("main")


def test_a_lease_that_was_broken_is_told_in_gits_words(work: Gated) -> None:
    _signed_edit(work)
    other = _clone(work)
    other.commit({"g.py": "print()\n"})
    other.git("push", "--quiet", "origin", "main")
    theirs = work.at("refs/heads/main")

    refused = _push(work, "--force-with-lease", "origin", "main")

    assert refused.status == 3
    assert "stale info" in refused.words
    assert (work.at("refs/heads/main"), _records(work)) == (theirs, 0)


def test_tags_are_judged_by_what_they_bring(work: Gated) -> None:
    work.edit()
    work.scratch.git("tag", "-a", "-m", "first", "v1")

    refused = _push(work, "--tags", "origin")
    work.do_as_told(refused)
    pushed = _push(work, "--tags", "origin")

    assert (refused.status, pushed.status) == (1, 0)
    assert "refs/tags/v1: not verified" in refused.words
    assert work.at("refs/tags/v1") == work.scratch.oid("v1")


def test_a_branch_can_be_deleted(work: Gated) -> None:
    work.publish("main:old")

    assert _push(work, "--delete", "origin", "old").status == 0
    assert work.at("refs/heads/old") is None


def test_nothing_to_push_is_no_error(work: Gated) -> None:
    pushed = _push(work, "origin", "main")

    assert (pushed.status, _records(work)) == (0, 0)
    assert pushed.words == "Everything up-to-date\n"


def test_records_that_were_left_behind_go_though_the_branch_is_there(work: Gated) -> None:
    _signed_edit(work)
    work.scratch.git("push", "--quiet", "origin", "main")

    pushed = _push(work, "origin", "main")

    assert pushed.status == 0
    assert _records(work) == 1


@pytest.mark.parametrize("option", ["--dry-run", "-n", "--dry", "-fn", "-un"])
def test_a_dry_run_sends_no_record_either(work: Gated, option: str) -> None:
    old = work.at("refs/heads/main")
    _signed_edit(work)

    pushed = _push(work, option, "origin", "main")

    assert pushed.status == 0, pushed.words
    assert "main -> main" in pushed.words
    assert (work.at("refs/heads/main"), _records(work)) == (old, 0)


@pytest.mark.parametrize("arguments", [("-o", "-n"), ("-on",), ("--push-option", "--dry-run")])
def test_what_only_looks_like_a_dry_run_is_none(work: Gated, arguments: tuple[str, ...]) -> None:
    subprocess.run(["git", "config", "receive.advertisePushOptions", "true"], cwd=work.remote, check=True)
    new = _signed_edit(work)

    pushed = _push(work, *arguments, "origin", "main")

    assert pushed.status == 0, pushed.words
    assert (work.at("refs/heads/main"), _records(work)) == (new, 1)


def test_a_remote_that_hangs_up_on_the_dry_run_is_asked_in_another_way(work: Gated, tmp_path: Path) -> None:
    deaf = tmp_path / "deaf-once"
    deaf.write_text(
        f'#!/bin/sh\nif mkdir {tmp_path}/called; then exec git-receive-pack "$@" < /dev/null; fi\n'
        'exec git-receive-pack "$@"\n'
    )
    deaf.chmod(0o755)
    subprocess.run(["git", "config", "receive.advertisePushOptions", "true"], cwd=work.remote, check=True)
    old = work.at("refs/heads/main")
    new = work.edit()
    options = ("-o", "ci.skip", f"--receive-pack={deaf}")

    refused = _push(work, *options, "origin", "main")
    (tmp_path / "called").rmdir()
    untouched = work.at("refs/heads/main")
    work.do_as_told(refused)
    pushed = _push(work, *options, "origin", "main")

    assert (refused.status, untouched) == (1, old), refused.words
    assert (pushed.status, work.at("refs/heads/main"), _records(work)) == (0, new, 1), pushed.words


# push: what would get around the gate


@pytest.mark.parametrize("option", ["--no-dry-run", "--no-dr"])
def test_finding_out_what_would_go_cannot_be_turned_into_a_push(work: Gated, option: str) -> None:
    old = work.at("refs/heads/main")
    work.edit()

    refused = _push(work, option, "origin", "main")

    assert refused.status == 2
    assert "--no-dry-run: leave it out" in refused.words
    assert work.at("refs/heads/main") == old


def test_a_push_that_skips_hooks_is_not_made_here(work: Gated) -> None:
    old = work.at("refs/heads/main")
    work.edit()

    refused = _push(work, "--no-verify", "origin", "main")

    assert refused.status == 3
    assert "`git push --no-verify`" in refused.words
    assert work.at("refs/heads/main") == old


@pytest.mark.parametrize("is_last_up_to_date", [True, False])
def test_each_of_several_addresses_is_judged(work: Gated, is_last_up_to_date: bool) -> None:
    behind, ahead = work.remote, bare(work.remote.parent / "second.git")
    work.edit()
    work.scratch.git("push", "--quiet", str(ahead), "main")
    for address in (behind, ahead) if is_last_up_to_date else (ahead, behind):
        work.scratch.git("remote", "set-url", "--add", "--push", "origin", str(address))
    before = _refs(behind, "refs/heads")

    refused = _push(work, "origin", "main")

    assert refused.status == 1, refused.words
    assert _refs(behind, "refs/heads") == before


def test_a_branch_that_moves_while_records_travel_is_not_pushed_unread(work: Gated) -> None:
    old = work.at("refs/heads/main")
    _signed_edit(work)
    unread = work.scratch.git("commit-tree", "-p", "main", "-m", "unread", "main^{tree}").decode().strip()
    here = shlex.quote(str(work.scratch.folder))
    move = f'env -i PATH="$PATH" git -C {here} update-ref refs/heads/main {unread}'
    _refuse(work, f'#!/bin/sh\ncase "$1" in refs/reviews/*) {move} ;; esac\n')

    refused = _push(work, "origin", "main")

    assert work.scratch.oid("main") == unread
    assert refused.status == 3
    assert "refs/heads/main" in refused.words
    assert work.at("refs/heads/main") == old


def test_a_submodule_that_goes_first_does_not_hide_what_follows(work: Gated) -> None:
    sub = Scratch(work.scratch.folder / "sub")
    sub.commit({"s.py": "print()\n"})
    sub.git("remote", "add", "origin", str(bare(work.remote.parent / "sub.git")))
    sub.git("push", "--quiet", "origin", "main")
    sub.commit({"s.py": "print(1)\n"})
    modules = f'[submodule "sub"]\n\tpath = sub\n\turl = {work.remote.parent / "sub.git"}\n'
    work.scratch.commit({".gitmodules": modules, "f.py": BASE.replace("line 3\n", "unread 3\n")}, "module")
    assert work.scratch.git("ls-tree", "main", "sub").startswith(SUBMODULE.encode())

    refused = _push(work, "--recurse-submodules=on-demand", "origin", "main")
    work.do_as_told(refused)
    pushed = _push(work, "--recurse-submodules=on-demand", "origin", "main")

    assert (refused.status, pushed.status) == (1, 0), refused.words + pushed.words
    assert _refs(work.remote.parent / "sub.git", "refs/heads") == {"refs/heads/main": sub.oid("main")}
    assert work.at("refs/heads/main") == work.scratch.oid("main")


# push: at a terminal


@contextmanager
def _walking(work: Gated) -> "Iterator[pexpect.spawn[bytes]]":
    """Start a push at a terminal, and wait until the walk is open."""
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "GIT_TERMINAL_PROMPT")}
    child = pexpect.spawn(
        PROGRAM[0], [*PROGRAM[1:], "push", "origin", "main"], cwd=str(work.scratch.folder), timeout=LONGEST_WAIT,
        env={**environment, "TERM": "xterm-256color"},
    )  # fmt: skip
    with closing(child):
        child.expect_exact("\x1b[?1049h")
        yield child


def _leave(child: "pexpect.spawn[bytes]") -> tuple[int | None, bytes]:
    child.send("q")
    child.expect(pexpect.EOF)
    child.wait()
    return child.exitstatus, child.before or b""


def test_the_walk_opens_without_a_question_and_leaving_it_unsigned_is_a_refusal(work: Gated) -> None:
    old = work.at("refs/heads/main")
    work.edit()

    with _walking(work) as child:
        status, _ = _leave(child)

    assert status == 1
    assert (work.at("refs/heads/main"), _records(work)) == (old, 0)


def test_what_is_signed_meanwhile_goes_and_the_installed_gate_asks_nothing(work: Gated) -> None:
    install(work.scratch.folder)
    new = work.edit()

    with _walking(work) as child:
        work.sign("origin/main...main")
        status, said = _leave(child)

    assert status == 0, said
    assert b"[y/N]" not in said
    assert (work.at("refs/heads/main"), _records(work)) == (new, 1)


def test_work_that_went_on_meanwhile_waits_for_its_own_review(work: Gated) -> None:
    old = work.at("refs/heads/main")
    work.edit()

    with _walking(work) as child:
        work.sign("origin/main...main")
        work.edit(15)
        status, said = _leave(child)

    assert status == 3
    assert b"refs/heads/main: was moved since it was judged; run it again" in said
    assert work.at("refs/heads/main") == old


# push: other hooks


def test_the_installed_gate_is_satisfied_by_the_same_records(work: Gated) -> None:
    install(work.scratch.folder)
    new = _signed_edit(work)

    pushed = _push(work, "origin", "main")

    assert pushed.status == 0, pushed.words
    assert (work.at("refs/heads/main"), _records(work)) == (new, 1)


def test_the_installed_gate_does_not_hold_up_the_records(work: Gated) -> None:
    install(work.scratch.folder)
    work.edit()

    refused = _push(work, "origin", "main")

    assert refused.status == 1
    assert refused.words.count("not verified") == 1
    work.do_as_told(refused)
    assert _push(work, "origin", "main").status == 0


def test_a_hook_of_the_users_runs_once_with_what_is_pushed(work: Gated, tmp_path: Path) -> None:
    theirs = recorder(tmp_path / "its hooks" / "pre-push", tmp_path / "log")
    work.scratch.git("config", "core.hooksPath", str(tmp_path / "its hooks"))
    old, new = work.at("refs/heads/main"), _signed_edit(work)

    assert _push(work, "origin", "main").status == 0

    assert theirs.runs == 1
    assert theirs.arguments == ["origin", str(work.remote)]
    assert theirs.stdin.decode() == f"refs/heads/main {new} refs/heads/main {old}\n"


def test_a_hook_of_the_users_can_still_say_no(work: Gated, tmp_path: Path) -> None:
    theirs = recorder(work.scratch.folder / ".git" / "hooks" / "pre-push", tmp_path / "log")
    theirs.refuse()
    old = work.at("refs/heads/main")
    _signed_edit(work)

    refused = _push(work, "origin", "main")

    assert refused.status == 1
    assert work.at("refs/heads/main") == old


# push: remotes that say no, and those that are none


def test_a_remote_that_takes_no_records_takes_the_branch(work: Gated) -> None:
    _refuse(work, _NO_RECORDS)
    new = _signed_edit(work)

    pushed = _push(work, "origin", "main")

    assert pushed.status == 0
    assert (work.at("refs/heads/main"), _records(work)) == (new, 0)
    assert "reviewer: not published: refs/reviews/" in pushed.words
    assert "hook declined" in pushed.words


def test_a_remote_that_takes_no_branch_ends_it_as_git_would(work: Gated) -> None:
    _refuse(work, _NO_BRANCHES)
    old = work.at("refs/heads/main")
    _signed_edit(work)
    gits = run(["git", "push", "origin", "main"], work.scratch.folder)

    refused = _push(work, "origin", "main")

    assert refused.status == gits.status == 1
    assert "this branch is frozen" in refused.words
    assert work.at("refs/heads/main") == old


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("nowhere", "main"), 3, "'nowhere' does not appear to be a git repository"),
        (("/no/such/place.git", "main"), 3, "'/no/such/place.git' does not appear to be a git repository"),
        (("--", "-weird", "main"), 2, "unknown switch"),
        (("--no-such-option", "origin", "main"), 2, "unknown option `no-such-option'"),
        (("origin", "no-such-branch"), 3, "src refspec no-such-branch does not match any"),
        (("origin", "\x1b[31m"), 3, "invalid refspec"),
    ],
)
def test_what_git_cannot_push_is_one_message(work: Gated, arguments: tuple[str, ...], status: int, words: str) -> None:
    work.edit()

    refused = _push(work, *arguments)

    assert refused.status == status
    assert refused.words.startswith("reviewer: ")
    assert words in refused.words
    assert not any(part in refused.words for part in ("Traceback", "usage: git push", "\x1b"))


def test_outside_of_a_repository_it_says_so(tmp_path: Path) -> None:
    assert _reviewer(tmp_path, "push").status == 3


# push: from where the user stands


def test_spaces_and_quotes_in_every_path_change_nothing(tmp_path: Path, pinned_environment: None) -> None:
    folder = tmp_path / 'it\'s "here" $x `id`'
    work = _begin(folder)
    (folder / "tmp '\" $x").mkdir()
    new = _signed_edit(work)

    pushed = _push(work, "origin", "main", TMPDIR=str(folder / "tmp '\" $x"))

    assert pushed.status == 0, pushed.words
    assert (work.at("refs/heads/main"), _records(work)) == (new, 1)
    assert not list((folder / "tmp '\" $x").iterdir())


def test_a_relative_address_means_the_same_place_for_records_as_for_the_branch(work: Gated) -> None:
    below = work.scratch.folder / "a" / "b"
    below.mkdir(parents=True)
    new = _signed_edit(work)

    pushed = _reviewer(below, "push", "../remote.git", "main")

    assert pushed.status == 0, pushed.words
    assert (work.at("refs/heads/main"), _records(work)) == (new, 1)


def test_another_working_tree_pushes_its_own_branch(work: Gated, tmp_path: Path) -> None:
    work.scratch.git("worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "second tree"))
    second = Scratch(tmp_path / "second tree")
    new = second.commit({"g.py": "print()\n"})
    sign(second.folder, "origin/main...topic")

    pushed = _reviewer(second.folder, "push", "origin", "HEAD")

    assert pushed.status == 0, pushed.words
    assert (work.at("refs/heads/topic"), _records(work)) == (new, 1)


@pytest.mark.parametrize("prompts", ["0", "1"])
def test_whether_git_may_ask_for_a_password_is_the_users_word(work: Gated, prompts: str, tmp_path: Path) -> None:
    script = tmp_path / "receive-pack"
    script.write_text(f'#!/bin/sh\necho "$GIT_TERMINAL_PROMPT" >> {tmp_path}/prompts\nexec git-receive-pack "$@"\n')
    script.chmod(0o755)
    work.scratch.git("config", "remote.origin.receivepack", str(script))
    _signed_edit(work)

    assert _push(work, "origin", "main", GIT_TERMINAL_PROMPT=prompts).status == 0

    asked = (tmp_path / "prompts").read_text().split()
    # Records are exchanged without a word where nobody sits; the push itself is git's.
    assert (asked[0], asked[-1]) == (prompts, prompts)


# push: which records go


def test_reviews_that_are_not_finished_go_as_well(work: Gated) -> None:
    _signed_edit(work)
    work.scratch.git("checkout", "--quiet", "-b", "other", "origin/main")
    work.scratch.commit({"g.py": "print()\n"})
    begun = _begin_review(work.scratch.folder, "half a thought")

    assert _push(work, "origin", "main").status == 0

    assert f"refs/reviews/{begun.review}" in _refs(work.remote)


def test_a_damaged_record_of_something_else_does_not_hold_up_a_push(work: Gated) -> None:
    begun = _begin_review(work.scratch.folder, "of the base")
    _damage(work.scratch.folder, begun.review)
    new = _signed_edit(work)

    pushed = _push(work, "origin", "main")

    assert pushed.status == 0, pushed.words
    assert (work.at("refs/heads/main"), _records(work)) == (new, 1)
    assert begun.review in pushed.words


# sync


def _journal(folder: Path, review: str) -> Path:
    return next((folder / ".git" / "reviewer" / "reviews" / review).glob("*.jsonl"))


def _damage(folder: Path, review: str) -> None:
    """Change one letter of what was said last in a live journal."""
    journal = _journal(folder, review)
    *lines, last = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines) + last.replace(b"{", b"[", 1))


def test_two_clones_exchange_what_each_has(work: Gated) -> None:
    one, other = work.scratch, _clone(work)
    first = _begin_review(one.folder, "from one").review
    other.commit({"g.py": "print()\n"})
    second = _begin_review(other.folder, "from the other").review

    outcomes = [_reviewer(folder, "sync") for folder in (one.folder, other.folder, one.folder)]

    assert [outcome.words for outcome in outcomes] == [
        "0 reviews received, 1 review sent\n",
        "1 review received, 1 review sent\n",
        "1 review received, 0 reviews sent\n",
    ]
    assert [outcome.status for outcome in outcomes] == [0, 0, 0]
    assert _refs(one.folder) == _refs(other.folder) == _refs(work.remote)
    assert set(_refs(one.folder)) == {f"refs/reviews/{first}", f"refs/reviews/{second}"}
    shown = _reviewer(one.folder, "show", second)
    assert "from the other" in shown.words


def test_two_people_at_one_review_read_each_other(work: Gated) -> None:
    other = _clone(work)
    _begin_review(work.scratch.folder, "what one saw")
    review = _begin_review(other.folder, "what the other saw").review
    for folder in (work.scratch.folder, other.folder, work.scratch.folder):
        assert _reviewer(folder, "sync").status == 0

    for folder in (work.scratch.folder, other.folder):
        words = _reviewer(folder, "show", review).words
        assert "what one saw" in words
        assert "what the other saw" in words


def test_nothing_to_exchange_is_said(work: Gated) -> None:
    for _ in range(2):
        synced = _reviewer(work.scratch.folder, "sync")

        assert synced == Outcome(0, "0 reviews received, 0 reviews sent\n")


@pytest.mark.parametrize("remote", ["nowhere", "--upload-pack=touch pwned", "-x"])
def test_a_remote_that_is_none_is_a_usage_error(work: Gated, remote: str) -> None:
    refused = _reviewer(work.scratch.folder, "sync", "--", remote)

    assert refused.status == 2
    assert remote in refused.words
    assert "`git remote` lists them" in refused.words
    assert not (work.scratch.folder / "pwned").exists()


def test_a_remote_that_cannot_be_reached_cannot_be_told(work: Gated) -> None:
    work.scratch.git("remote", "set-url", "origin", "/no/such/place.git")
    _begin_review(work.scratch.folder, "kept here")

    refused = _reviewer(work.scratch.folder, "sync")

    assert refused.status == 3
    assert refused.words.startswith("reviewer: origin: cannot exchange reviews with it: ")


def test_a_remote_that_takes_no_records_is_named_with_its_reason(work: Gated) -> None:
    _refuse(work, _NO_RECORDS)
    _begin_review(work.scratch.folder, "kept here")

    refused = _reviewer(work.scratch.folder, "sync")

    assert refused.status == 3
    assert "0 reviews received, 0 reviews sent" in refused.words
    assert "hook declined" in refused.words


@pytest.mark.parametrize("is_published", [True, False])
def test_a_damaged_record_is_named_and_the_others_arrive(work: Gated, is_published: bool) -> None:
    damaged = _begin_review(work.scratch.folder, "will be damaged").review
    if is_published:
        assert _reviewer(work.scratch.folder, "sync").status == 0
    before = _refs(work.remote)
    work.edit()
    sound = _begin_review(work.scratch.folder, "is whole").review
    _damage(work.scratch.folder, damaged)

    synced = _reviewer(work.scratch.folder, "sync")

    assert synced.status == 4
    assert damaged in synced.words
    assert "0 reviews received, 1 review sent" in synced.words
    after = _refs(work.remote)
    assert {ref: oid for ref, oid in after.items() if damaged in ref} == before
    assert f"refs/reviews/{sound}" in after


def test_a_record_that_was_changed_on_the_remote_is_named_and_the_others_arrive(work: Gated) -> None:
    other = _clone(work)
    changed = _begin_review(work.scratch.folder, "will be changed").review
    for folder in (work.scratch.folder, other.folder):
        assert _reviewer(folder, "sync").status == 0
    _forge(work.remote, changed)
    other.commit({"g.py": "print()\n"})
    sound = _begin_review(other.folder, "is whole").review
    ours = _refs(other.folder)

    synced = _reviewer(other.folder, "sync")

    assert synced.status == 4
    assert f"refs/reviews/{changed}" in synced.words
    assert "two copies differ" in synced.words
    assert _refs(other.folder)[f"refs/reviews/{changed}"] == ours[f"refs/reviews/{changed}"]
    assert f"refs/reviews/{sound}" in _refs(work.remote)


def _forge(folder: Path, review: str) -> None:
    """Replace a record on the remote by one that differs in a letter."""
    at = Scratch.__new__(Scratch)
    at.folder = folder
    name = at.git("ls-tree", "--name-only", f"refs/reviews/{review}").decode().strip()
    content = at.git("show", f"refs/reviews/{review}:{name}").replace(b"changed", b"forged!")
    blob = at.git("hash-object", "-w", "--stdin", stdin=content).decode().strip()
    tree = at.git("mktree", stdin=f"100644 blob {blob}\t{name}\n".encode()).decode().strip()
    commit = at.git("commit-tree", "-p", f"refs/reviews/{review}", "-m", "forged", tree).decode().strip()
    at.git("update-ref", f"refs/reviews/{review}", commit)


def test_a_link_in_place_of_a_record_is_named_and_the_others_arrive(work: Gated, tmp_path: Path) -> None:
    linked = _begin_review(work.scratch.folder, "will be a link").review
    _begin_review(work.scratch.folder, "and goes on")
    journal = _journal(work.scratch.folder, linked)
    journal.rename(tmp_path / "elsewhere.jsonl")
    journal.symlink_to(tmp_path / "elsewhere.jsonl")
    work.edit()
    sound = _begin_review(work.scratch.folder, "is whole").review

    synced = _reviewer(work.scratch.folder, "sync")

    assert synced.status == 4
    assert "symbolic link" in synced.words
    assert list(_refs(work.remote)) == [f"refs/reviews/{sound}"]

"""Real pushes between real repositories: what is signed off arrives, and nothing else does."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.repository import choose_target
from reviewer.review.events import Sign
from reviewer.review.model import Verdict
from tests.hook.gated import (
    BASE,
    PROGRAM,
    Gated,
    Outcome,
    bare,
    gated,
    install,
    introduce,
    open_at,
    run,
)
from tests.scratch import Scratch

# Where a hunk that holds this edit is said to be: at one of its lines.
NEAR_3, NEAR_9, NEAR_15 = r"f\.py:[1-4]: not read", r"f\.py:(7|8|9|10): not read", r"f\.py:1[3-6]: not read"
ONLY_MAIN = 'schema = 1\nprotected = ["refs/heads/main"]\n'


@pytest.fixture
def gate(tmp_path: Path, pinned_environment: None) -> Gated:
    return gated(tmp_path)


@pytest.fixture
def only_main(gate: Gated) -> Gated:
    """The same, where the policy on the remote protects nothing but `main`."""
    gate.scratch.commit({".reviews/policy.toml": ONLY_MAIN}, "policy")
    gate.publish("main")
    return gate


def _branch(gate: Gated, name: str, start: str = "main") -> None:
    gate.scratch.git("checkout", "--quiet", "-b", name, start)


def _refuses(outcome: Outcome, *patterns: str) -> bool:
    missing = [pattern for pattern in patterns if not re.search(pattern, outcome.words)]
    assert not missing, f"{missing} not in {outcome.words}"
    return outcome.status != 0


def test_an_update_waits_for_its_sign_off(gate: Gated) -> None:
    old, new = gate.at("refs/heads/main"), gate.edit(3)

    refused = gate.push("main")

    assert _refuses(refused, "reviewer: refs/heads/main: not verified", NEAR_3, r"origin/main\.\.\.main")
    assert gate.at("refs/heads/main") == old
    assert gate.judge(gate.line("refs/heads/main", "refs/heads/main")).status == 1
    assert gate.do_as_told(refused) == "origin/main...main"
    assert gate.judge(gate.line("refs/heads/main", "refs/heads/main")).status == 0
    passed = gate.push("main")
    assert (passed.status, gate.at("refs/heads/main")) == (0, new)
    assert "reviewer: verified: 1 edit, approved by Rita <rita@example.org>" in passed.words


def test_what_was_judged_once_is_pushed_by_its_receipt_with_the_same_words(gate: Gated) -> None:
    gate.edit()
    gate.sign("origin/main...main")
    line = gate.line("refs/heads/main", "refs/heads/main")

    first, second = gate.judge(line), gate.judge(line)

    assert (gate.scratch.folder / ".git" / "reviewer" / "receipts").is_dir()
    assert first == second
    assert first.status == 0


def test_a_receipt_is_worth_nothing_for_another_tip(gate: Gated) -> None:
    gate.edit(3)
    gate.sign("origin/main...main")
    gate.judge(gate.line("refs/heads/main", "refs/heads/main"))
    gate.edit(15)

    assert _refuses(gate.push("main"), NEAR_15)


def test_a_new_branch_waits_for_what_it_adds_to_the_remote(gate: Gated) -> None:
    _branch(gate, "x")
    new = gate.edit()

    refused = gate.push("x")

    assert _refuses(refused, "refs/heads/x", NEAR_3)
    assert gate.at("refs/heads/x") is None
    assert gate.do_as_told(refused) == "origin/main...x"
    assert gate.push("x").status == 0
    assert gate.at("refs/heads/x") == new


def test_a_new_name_for_what_the_remote_has_is_nothing_new(gate: Gated) -> None:
    _branch(gate, "x")
    new = gate.edit()
    gate.publish("x")

    passed = gate.push("x:refs/heads/y")

    assert passed.status == 0
    assert "reviewer" not in passed.words
    assert gate.at("refs/heads/y") == new


def test_a_branch_can_be_deleted(gate: Gated) -> None:
    _branch(gate, "x")
    gate.edit()
    gate.publish("x")

    assert gate.push(":x").status == 0
    assert gate.at("refs/heads/x") is None


def test_a_deletion_beside_something_unread_takes_neither_there(gate: Gated) -> None:
    gate.publish("main:old")
    before = gate.at("refs/heads/main")
    gate.edit()

    assert _refuses(gate.push(":old", "main"), "refs/heads/main")
    assert gate.at("refs/heads/old") == gate.at("refs/heads/main") == before


def test_an_amended_commit_that_is_forced_waits_for_its_own_sign_off(gate: Gated) -> None:
    gate.edit(3)
    gate.sign("origin/main...main")
    assert gate.push("main").status == 0
    before = gate.at("refs/heads/main")
    gate.scratch.write("f.py", BASE.replace("line 3\n", "amended 3\n"))
    gate.scratch.git("commit", "--quiet", "--all", "--amend", "--no-edit", "--no-verify")

    refused = gate.push("--force", "main")

    assert _refuses(refused, NEAR_3)
    assert gate.at("refs/heads/main") == before
    gate.do_as_told(refused)
    assert gate.push("--force", "main").status == 0
    assert gate.at("refs/heads/main") == gate.scratch.oid("main")


def test_a_branch_set_back_to_what_it_was_brings_nothing(gate: Gated) -> None:
    before = gate.at("refs/heads/main")
    gate.edit()
    gate.publish("main")

    assert gate.push("--force", "main~1:main").status == 0
    assert gate.at("refs/heads/main") == before


@pytest.mark.parametrize("options", [(), ("--annotate", "--message=one")], ids=["lightweight", "annotated"])
def test_a_tag_waits_for_the_commit_it_names(gate: Gated, options: tuple[str, ...]) -> None:
    _branch(gate, "x")
    gate.edit()
    gate.scratch.git("tag", *options, "v1")

    refused = gate.push("v1")

    assert _refuses(refused, "refs/tags/v1", NEAR_3)
    assert gate.at("refs/tags/v1") is None
    gate.do_as_told(refused)
    assert gate.push("v1").status == 0
    assert gate.at("refs/tags/v1") == gate.scratch.oid("v1")


def test_a_tag_of_what_is_published_passes(gate: Gated) -> None:
    gate.scratch.git("tag", "--annotate", "--message=one", "v1")

    assert gate.push("v1").status == 0
    assert gate.at("refs/tags/v1") == gate.scratch.oid("v1")


def test_a_tag_that_moves_waits_for_what_lies_between(gate: Gated) -> None:
    gate.scratch.git("tag", "--annotate", "--message=one", "v1")
    gate.publish("v1")
    _branch(gate, "x")
    gate.edit()
    gate.scratch.git("tag", "--force", "--annotate", "--message=two", "v1")

    refused = gate.push("--force", "v1")

    assert _refuses(refused, "refs/tags/v1", NEAR_3)
    gate.do_as_told(refused)
    assert gate.push("--force", "v1").status == 0
    assert gate.at("refs/tags/v1") == gate.scratch.oid("v1")


@pytest.mark.parametrize("thing", ["main^{tree}", "main:f.py"])
def test_a_tag_of_no_commit_cannot_be_judged(gate: Gated, thing: str) -> None:
    gate.scratch.git("tag", "thing", thing)

    refused = gate.push("thing")

    assert _refuses(refused, "reviewer: refs/tags/thing: ", "only commits can be reviewed", "--no-verify")
    assert gate.at("refs/tags/thing") is None
    assert gate.judge(gate.line("refs/tags/thing", "refs/tags/thing")).status == 3


def test_of_several_refs_all_wait_for_the_one_that_is_not_covered(gate: Gated) -> None:
    for name, number in (("x", 3), ("y", 9)):
        _branch(gate, name)
        gate.edit(number)
    gate.scratch.git("branch", "z", "x")
    gate.sign("main...x")

    refused = gate.push("x", "y", "z")

    assert _refuses(refused, "reviewer: refs/heads/y: not verified")
    assert "refs/heads/x" not in refused.words
    assert [gate.at(f"refs/heads/{name}") for name in "xyz"] == [None, None, None]
    gate.do_as_told(refused)
    passed = gate.push("x", "y", "z")
    assert passed.status == 0
    assert all(gate.at(f"refs/heads/{name}") for name in "xyz")


def test_one_change_on_its_way_to_several_refs_is_told_once(gate: Gated) -> None:
    _branch(gate, "x")
    gate.edit()
    gate.scratch.git("tag", "v1")
    gate.scratch.git("tag", "--annotate", "--message=two", "v2")

    refused = gate.push("x", "v1", "v2")

    assert len(re.findall(NEAR_3, refused.words)) == 1
    assert all(f"refs/{name}" in refused.words for name in ("heads/x", "tags/v1", "tags/v2"))
    gate.do_as_told(refused)
    assert gate.push("x", "v1", "v2").status == 0


def test_a_part_of_what_was_signed_was_not_signed(gate: Gated) -> None:
    _branch(gate, "x")
    part = gate.edit(3)
    gate.edit(9)
    gate.sign("main...x")

    refused = gate.push("x~1:refs/heads/x")

    assert _refuses(refused, "refs/heads/x", "nobody approved exactly this change", r"origin/main\.\.\.x~1")
    assert gate.at("refs/heads/x") is None
    gate.do_as_told(refused)
    assert gate.push("x~1:refs/heads/x").status == 0
    assert gate.at("refs/heads/x") == part


def test_more_than_what_was_signed_was_not_signed(gate: Gated) -> None:
    gate.edit(3)
    gate.sign("origin/main...main")
    gate.edit(15)

    assert _refuses(gate.push("main"), NEAR_15)
    assert gate.push("main~1:main").status == 0
    assert gate.at("refs/heads/main") == gate.scratch.oid("main~1")


def test_what_is_pushed_counts_and_not_what_is_checked_out(gate: Gated) -> None:
    _branch(gate, "signed")
    gate.edit(3)
    gate.sign("main...signed")
    _branch(gate, "unread")
    gate.edit(9)
    gate.scratch.git("checkout", "--quiet", "signed")

    assert _refuses(gate.push("unread"), NEAR_9)
    gate.scratch.git("checkout", "--quiet", "unread")
    assert gate.push("signed").status == 0


@pytest.mark.parametrize("expression", ["HEAD", "@", "HEAD^{/edit 3}", ":/edit 3"])
def test_what_is_pushed_may_be_named_by_an_expression(gate: Gated, expression: str) -> None:
    new = gate.edit(3)
    gate.scratch.git("commit", "--quiet", "--amend", "--no-verify", "-m", "edit 3")
    new = gate.scratch.oid("HEAD")

    refused = gate.push(f"{expression}:refs/heads/x")

    assert _refuses(refused, "refs/heads/x: not verified", NEAR_3)
    gate.do_as_told(refused)
    assert gate.push(f"{expression}:refs/heads/x").status == 0
    assert gate.at("refs/heads/x") == new


def test_a_push_to_the_address_of_a_remote_is_judged_as_one_to_the_remote(gate: Gated) -> None:
    _branch(gate, "x")
    new = gate.edit()

    refused = gate.push("x", to=str(gate.remote))

    assert _refuses(refused, NEAR_3)
    assert gate.do_as_told(refused) == "origin/main...x"
    assert gate.push("x", to=str(gate.remote)).status == 0
    assert gate.at("refs/heads/x") == new


def test_of_an_address_nobody_knows_all_is_new(gate: Gated) -> None:
    _branch(gate, "x")
    new = gate.edit()
    gate.sign("main...x")

    refused = gate.push("x", to=f"file://{gate.remote}")

    assert _refuses(refused, r"f\.py:1: not read", "--root x", "nothing is known here")
    gate.do_as_told(refused)
    assert gate.push("x", to=f"file://{gate.remote}").status == 0
    assert gate.at("refs/heads/x") == new


def test_an_update_by_an_address_nobody_knows_is_judged_by_what_is_there(gate: Gated) -> None:
    new = gate.edit()

    refused = gate.push("main", to=f"file://{gate.remote}")

    assert _refuses(refused, NEAR_3)
    gate.do_as_told(refused)
    assert gate.push("main", to=f"file://{gate.remote}").status == 0
    assert gate.at("refs/heads/main") == new


def test_what_the_remote_has_must_be_here_to_be_compared(gate: Gated, tmp_path: Path) -> None:
    there = _elsewhere(gate, tmp_path)
    gate.edit()
    gate.sign("origin/main...main")

    refused = gate.push("--force", "main")

    assert _refuses(refused, f"the remote is at {there[:12]}", "run `git fetch`")
    assert gate.at("refs/heads/main") == there
    assert gate.judge(gate.line("refs/heads/main", "refs/heads/main")).status == 3
    gate.scratch.git("fetch", "--quiet")
    assert gate.push("--force", "main").status == 0
    assert gate.at("refs/heads/main") == gate.scratch.oid("main")


def _elsewhere(gate: Gated, folder: Path) -> str:
    """Let somebody else push to `main`."""
    subprocess.run(["git", "clone", "--quiet", str(gate.remote), str(folder / "other")], check=True)
    (folder / "other" / "theirs.py").write_text("theirs\n")
    for command in (["add", "."], ["commit", "--quiet", "-m", "theirs"], ["push", "--quiet"]):
        subprocess.run(["git", *command], cwd=folder / "other", check=True)
    found = gate.at("refs/heads/main")
    assert found is not None
    return found


def test_long_ids_are_judged_like_short_ones(tmp_path: Path, pinned_environment: None) -> None:
    gate = gated(tmp_path, "--object-format=sha256")
    new = gate.edit()

    refused = [gate.push("main"), gate.push("main:refs/heads/x")]

    assert all(_refuses(each, NEAR_3) for each in refused)
    assert gate.at("refs/heads/x") is None
    gate.do_as_told(refused[0])
    assert gate.push("main", "main:refs/heads/x").status == 0
    assert gate.at("refs/heads/main") == gate.at("refs/heads/x") == new
    assert len(new) == 64
    assert gate.push(":x").status == 0
    assert gate.at("refs/heads/x") is None


def test_nothing_to_push_is_nothing_to_say(gate: Gated) -> None:
    passed = gate.push("main")

    assert (passed.status, passed.words.strip()) == (0, "Everything up-to-date")
    assert gate.judge() == Outcome(0, "")


def test_a_linked_worktree_pushes_what_was_signed_in_the_other(gate: Gated, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    gate.scratch.git("worktree", "add", "--quiet", "-b", "x", str(linked))
    (linked / "f.py").write_text(BASE.replace("line 3\n", "edited 3\n"))
    gate.scratch.git("-C", str(linked), "commit", "--quiet", "--all", "--no-verify", "-m", "edit")

    refused = gate.push("x", folder=linked)

    assert _refuses(refused, NEAR_3)
    assert gate.at("refs/heads/x") is None
    gate.do_as_told(refused)
    assert gate.push("x", folder=linked).status == 0
    assert gate.at("refs/heads/x") == gate.scratch.oid("x")


@pytest.mark.parametrize("environment", [{}, {"GIT_DIR": "../.git", "GIT_WORK_TREE": ".."}], ids=["plain", "git_dir"])
def test_a_push_from_a_subfolder_is_judged_whole(gate: Gated, environment: dict[str, str]) -> None:
    folder = gate.scratch.folder / "sub"
    folder.mkdir()
    new = gate.edit()

    refused = gate.push("main", folder=folder, **environment)

    assert _refuses(refused, NEAR_3)
    gate.do_as_told(refused)
    assert gate.push("main", folder=folder, **environment).status == 0
    assert gate.at("refs/heads/main") == new


def test_a_bare_repository_waits_too(gate: Gated, tmp_path: Path) -> None:
    new = gate.edit()
    folder = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(gate.scratch.folder), str(folder)], check=True)
    introduce(folder)
    install(folder)

    refused = gate.push("main", to=str(gate.remote), folder=folder)

    assert _refuses(refused, NEAR_3)
    assert gate.at("refs/heads/main") != new
    gate.do_as_told(refused, folder)
    assert gate.push("main", to=str(gate.remote), folder=folder).status == 0
    assert gate.at("refs/heads/main") == new


def test_the_first_push_of_all_waits_for_everything(tmp_path: Path, scratch: Scratch) -> None:
    introduce(scratch.folder)
    new = scratch.commit({"f.py": BASE, "g.py": "g = 1\n"})
    scratch.git("remote", "add", "origin", str(bare(tmp_path / "remote.git")))
    install(scratch.folder)
    gate = Gated(scratch, tmp_path / "remote.git")

    refused = gate.push("main")

    assert _refuses(refused, r"f\.py:1: not read", r"g\.py:1: not read", "nothing is known here")
    assert gate.at("refs/heads/main") is None
    assert gate.do_as_told(refused) == "--root main"
    assert gate.push("main").status == 0
    assert gate.at("refs/heads/main") == new


def test_the_policy_of_a_first_push_does_not_judge_itself(tmp_path: Path, scratch: Scratch) -> None:
    introduce(scratch.folder)
    scratch.commit({".reviews/policy.toml": "schema = 1\nprotected = []\n", "f.py": BASE})
    scratch.git("remote", "add", "origin", str(bare(tmp_path / "remote.git")))
    install(scratch.folder)
    gate = Gated(scratch, tmp_path / "remote.git")

    assert _refuses(gate.push("main"), r"f\.py:1: not read")
    assert gate.at("refs/heads/main") is None


def test_records_of_reviews_are_not_judged(gate: Gated) -> None:
    _branch(gate, "records")
    gate.edit()

    assert gate.push("records:refs/reviews/rita").status == 0
    assert gate.at("refs/reviews/rita") == gate.scratch.oid("records")


def test_records_of_reviews_cover_for_nothing_else(gate: Gated) -> None:
    gate.edit()
    gate.push("main:refs/reviews/rita")

    assert _refuses(gate.push("main", "main:refs/reviews/ben"), "refs/heads/main", NEAR_3)
    assert gate.at("refs/reviews/ben") is None


def test_a_merge_waits_for_all_it_brings(gate: Gated) -> None:
    _branch(gate, "x")
    gate.edit(15)
    gate.scratch.git("checkout", "--quiet", "main")
    gate.edit(3)
    gate.scratch.git("merge", "--quiet", "--no-edit", "x")
    gate.sign("main^1...main")

    refused = gate.push("main")

    assert _refuses(refused, NEAR_3, NEAR_15)
    gate.do_as_told(refused)
    assert gate.push("main").status == 0
    assert gate.at("refs/heads/main") == gate.scratch.oid("main")


def test_of_two_ways_to_compare_a_crossed_history_the_one_that_is_named_is_judged(gate: Gated) -> None:
    _branch(gate, "a")
    gate.scratch.commit({"a.py": "a = 1\n"})
    _branch(gate, "b")
    gate.scratch.git("reset", "--quiet", "--hard", "main")
    gate.scratch.commit({"b.py": "b = 1\n"})
    for name, other in (("ab", "b"), ("ba", "a")):
        _branch(gate, name, name[0])
        gate.scratch.git("merge", "--quiet", "--no-edit", other)
    gate.publish("ab", "ba")
    bases = [gate.scratch.git("merge-base", *pair) for pair in (("ab", "ba"), ("ba", "ab"))]
    assert bases[0] != bases[1]

    for name, other in (("ab", "ba"), ("ba", "ab")):
        gate.scratch.git("checkout", "--quiet", name)
        gate.scratch.commit({f"{name}.py": f"{name} = 1\n"})
        refused = gate.push("--force", f"{name}:{other}")
        assert _refuses(refused, rf"{name}\.py:1: not read")
        gate.do_as_told(refused)
        assert gate.push("--force", f"{name}:{other}").status == 0


def test_a_branch_rebased_on_what_others_published_waits_for_its_own_changes_only(gate: Gated, tmp_path: Path) -> None:
    _branch(gate, "x")
    gate.edit(15)
    gate.sign("main...x")
    assert gate.push("x").status == 0
    _elsewhere(gate, tmp_path)
    gate.scratch.git("fetch", "--quiet")
    gate.scratch.git("rebase", "--quiet", "origin/main")

    assert gate.push("--force", "x").status == 0
    assert gate.at("refs/heads/x") == gate.scratch.oid("x")
    gate.edit(3)
    gate.scratch.git("commit", "--quiet", "--amend", "--no-verify", "--reset-author", "-m", "again")
    refused = gate.push("--force", "x")
    assert _refuses(refused, NEAR_3)
    assert "theirs.py" not in refused.words


def test_a_branch_merged_with_what_others_published_waits_for_its_own_changes_only(gate: Gated, tmp_path: Path) -> None:
    _branch(gate, "x")
    gate.edit(15)
    gate.sign("main...x")
    assert gate.push("x").status == 0
    _elsewhere(gate, tmp_path)
    gate.scratch.git("fetch", "--quiet")
    gate.scratch.git("merge", "--quiet", "--no-edit", "origin/main")

    assert gate.push("x").status == 0
    assert gate.at("refs/heads/x") == gate.scratch.oid("x")


def test_who_asked_for_changes_is_not_got_round_by_comparing_with_another_branch(gate: Gated, tmp_path: Path) -> None:
    _branch(gate, "x")
    gate.edit(15)
    gate.publish("x")
    _elsewhere(gate, tmp_path)
    gate.scratch.git("fetch", "--quiet")
    gate.scratch.git("rebase", "--quiet", "origin/main")
    session = open_at(gate.scratch.folder, choose_target(gate.scratch.repository, "origin/x...x"))
    session.dispatch(Sign(Verdict.REQUEST_CHANGES, session.scope.id, 0.0))
    session.close()
    gate.scratch.git("config", "user.email", "other@example.org")
    gate.sign("origin/main...x")

    assert _refuses(gate.push("--force", "x"), "requested changes")


def test_a_branch_nobody_had_to_sign_counts_as_new_where_somebody_has_to(only_main: Gated) -> None:
    _branch(only_main, "x")
    only_main.edit()
    assert only_main.push("x").status == 0
    policy = ONLY_MAIN.replace("]", ', "refs/heads/release"]')
    only_main.scratch.git("checkout", "--quiet", "main")
    only_main.scratch.commit({".reviews/policy.toml": policy})
    only_main.publish("main")

    refused = only_main.push("x:refs/heads/release")

    assert _refuses(refused, "refs/heads/release", NEAR_3)
    assert only_main.at("refs/heads/release") is None
    only_main.do_as_told(refused)
    assert only_main.push("x:refs/heads/release").status == 0


def test_what_the_policy_does_not_protect_is_not_judged(only_main: Gated) -> None:
    _branch(only_main, "x")
    new = only_main.edit(3)

    assert only_main.push("x", "x:refs/heads/y").status == 0
    assert only_main.at("refs/heads/x") == only_main.at("refs/heads/y") == new
    new = only_main.edit(9)
    assert only_main.push("x").status == 0
    assert only_main.at("refs/heads/x") == new


def test_what_the_policy_protects_is_judged_though_another_branch_has_it(only_main: Gated) -> None:
    _branch(only_main, "x")
    only_main.edit()
    assert only_main.push("x").status == 0

    refused = only_main.push("x:main")

    assert _refuses(refused, "refs/heads/main", NEAR_3)
    assert only_main.at("refs/heads/main") == only_main.scratch.oid("main")
    only_main.do_as_told(refused)
    assert only_main.push("x:main").status == 0
    assert only_main.at("refs/heads/main") == only_main.scratch.oid("x")


@pytest.mark.parametrize("protected", ['["refs/heads/none"]', "[]"])
def test_a_proposal_does_not_loosen_its_own_policy(only_main: Gated, protected: str) -> None:
    policy = f"schema = 1\nprotected = {protected}\n[require]\nhumans = 0\nviewed = false\nanswers = false\n"
    only_main.scratch.commit({".reviews/policy.toml": policy})
    only_main.edit()

    refused = only_main.push("main", "main:refs/heads/first")

    assert _refuses(refused, "refs/heads/main: not verified", NEAR_3)
    assert only_main.at("refs/heads/main") == only_main.scratch.oid("main~2")
    assert only_main.at("refs/heads/first") is None


@pytest.mark.parametrize("environment", [{}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}], ids=str)
def test_a_name_is_protected_in_every_locale(gate: Gated, environment: dict[str, str]) -> None:
    gate.scratch.commit({".reviews/policy.toml": ONLY_MAIN.replace("main", "größe")})
    gate.publish("main")
    _branch(gate, "größe")
    gate.edit()

    refused = gate.push("größe", **environment)

    assert _refuses(refused, NEAR_3, "run `reviewer review")
    assert gate.at("refs/heads/größe") is None


def test_a_shallow_clone_is_judged_like_any_other(gate: Gated, tmp_path: Path) -> None:
    gate.edit(9)
    gate.publish("main")
    clone = tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{gate.remote}", str(clone)], check=True)
    introduce(clone)
    install(clone)
    shallow = Gated(Scratch(clone), gate.remote)
    new = shallow.edit(3)

    for ref in ("refs/heads/main", "refs/heads/x"):
        assert _refuses(shallow.push(f"main:{ref}"), NEAR_3)
        assert shallow.at(ref) != new
    shallow.sign("origin/main...main")
    assert shallow.push("main", "main:refs/heads/x").status == 0
    assert shallow.at("refs/heads/main") == shallow.at("refs/heads/x") == new


def test_a_broken_policy_lets_nothing_pass_and_says_the_way_out(gate: Gated) -> None:
    gate.scratch.commit({".reviews/policy.toml": "schema = 1\nprotected_refs = []\n"})
    gate.publish("main")
    gate.edit()
    gate.sign("origin/main...main")

    refused = gate.push("main")

    assert _refuses(refused, ".reviews/policy.toml", "protected_refs", "git push --no-verify")
    assert gate.judge(gate.line("refs/heads/main", "refs/heads/main")).status == 3
    assert gate.judge(gate.line("refs/heads/main", "refs/heads/new")).status == 3
    assert gate.at("refs/heads/main") == gate.scratch.oid("main~1")


def test_a_damaged_journal_lets_nothing_pass(gate: Gated) -> None:
    gate.edit()
    gate.sign("origin/main...main")
    line = gate.line("refs/heads/main", "refs/heads/main")
    assert gate.judge(line).status == 0
    (journal,) = (gate.scratch.folder / ".git" / "reviewer" / "reviews").glob("*/*.jsonl")
    content = bytearray(journal.read_bytes())
    content[len(content) // 2] ^= 1
    journal.write_bytes(content)
    for copy in (gate.scratch.folder / ".reviews").glob("*/*.jsonl"):
        copy.write_bytes(content)

    refused = gate.push("main")

    assert _refuses(refused, "damaged", journal.name)
    assert gate.judge(line).status == 4
    assert gate.at("refs/heads/main") == gate.scratch.oid("main~1")


def test_the_gravest_of_several_answers_is_the_exit_code(gate: Gated) -> None:
    gate.scratch.git("tag", "thing", "main^{tree}")
    gate.edit()

    lines = [gate.line(ref, ref) for ref in ("refs/heads/main", "refs/tags/thing")]

    assert gate.judge(*lines).status == gate.judge(*reversed(lines)).status == 3


def test_a_push_past_the_gate_is_seen_afterwards_here_and_elsewhere(gate: Gated, tmp_path: Path) -> None:
    _branch(gate, "x")
    gate.edit()
    assert gate.push("--no-verify", "--set-upstream", "x").status == 0
    assert gate.at("refs/heads/x") == gate.scratch.oid("x")
    subprocess.run(["git", "clone", "--quiet", "-b", "x", str(gate.remote), str(tmp_path / "clone")], check=True)

    for folder, revision in (
        (gate.scratch.folder, []),
        (gate.scratch.folder, ["main..x"]),
        (tmp_path / "clone", ["origin/main...origin/x"]),
    ):
        found = run([*PROGRAM, "verify", *revision], folder)
        assert (found.status, bool(re.search(NEAR_3, found.words))) == (1, True)


def _quoted(gate: Gated) -> str:
    return "it's\"odd"


def _shell(gate: Gated) -> str:
    return "$(touch${IFS}pwned)&`touch${IFS}pwned`;|pwned"


def _dash(gate: Gated) -> str:
    return "-x--upload-pack=touch=pwned"


def _unicode(gate: Gated) -> str:
    return "größe-日本-\u202egnp.exe"


def _no_utf8(gate: Gated) -> str:
    return "caf\udce9"


def _as_an_id(gate: Gated) -> str:
    return gate.scratch.oid("main")


def _as_an_id_in_short(gate: Gated) -> str:
    return gate.scratch.oid("main")[:12]


def _head(gate: Gated) -> str:
    return "HEAD"


ODD = [_quoted, _shell, _dash, _unicode, _no_utf8, _as_an_id, _as_an_id_in_short, _head]


@pytest.mark.parametrize("name_it", ODD)
def test_an_odd_name_is_judged_shown_and_never_run(gate: Gated, name_it: Callable[[Gated], str]) -> None:
    name = name_it(gate)
    new = gate.edit()
    gate.scratch.git("update-ref", f"refs/heads/{name}", new)
    gate.scratch.git("reset", "--quiet", "--hard", "main~1")
    ref = f"refs/heads/{name}"

    refused = gate.push(f"{ref}:{ref}")

    assert _refuses(refused, "refs/heads/", NEAR_3)
    assert not {"\u202e", "\udce9"} & set(refused.words)
    assert gate.at(ref) is None
    (command,) = (line for line in refused.words.splitlines() if line.startswith("run `"))
    assert not set("$\"'`;|&()") & set(command.removeprefix("run `").removesuffix("`"))
    gate.do_as_told(refused)
    assert gate.push(f"{ref}:{ref}").status == 0
    assert gate.at(ref) == new
    assert not list(gate.scratch.folder.glob("**/pwned*"))


def test_an_odd_name_on_the_remote_is_not_put_into_the_command(gate: Gated) -> None:
    name = "a-$(touch${IFS}pwned)"
    gate.publish(f"main:refs/heads/{name}")
    new = gate.edit()

    refused = gate.push(f"main:refs/heads/{name}")

    assert "$" not in gate.do_as_told(refused)
    assert gate.push(f"main:refs/heads/{name}").status == 0
    assert gate.at(f"refs/heads/{name}") == new


def test_more_branches_than_a_command_line_holds_are_no_hindrance(gate: Gated) -> None:
    commit = b"commit refs/many\ncommitter A <a@b> 1700000000 +0000\ndata 0\n\n"
    gate.scratch.git("fast-import", "--quiet", stdin=commit * 45_000)
    tips = gate.scratch.git("rev-list", "refs/many").decode().split()
    refs = sorted((f"refs/remotes/origin/b{number}", tip) for number, tip in enumerate(tips))
    lines = "".join(f"{tip} {ref}\n" for ref, tip in refs)
    (gate.scratch.folder / ".git" / "packed-refs").write_text(f"# pack-refs with: sorted \n{lines}")
    _branch(gate, "x")
    gate.edit()

    refused = gate.push("x")

    assert _refuses(refused, NEAR_3)
    gate.do_as_told(refused)
    assert gate.push("x").status == 0

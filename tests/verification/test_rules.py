"""Whose rules judge: those of the target's commit, whatever the proposal, its files and its tags would like."""

from collections.abc import Callable

import pytest

from reviewer.errors import CannotDetermine, PolicyInvalid, UnknownRevision
from reviewer.review.policy import Policy, Requirement
from reviewer.verification.rules import rules_at
from tests.scratch import SYMLINK, Scratch
from tests.verification.reviews import begin, judged, missing, sign, verify

STRICT = "schema = 1\n[require]\nhumans = 2\n"
LOOSE = "schema = 1\n[require]\nhumans = 0\nviewed = false\nanswers = false\n"
POLICY = ".reviews/policy.toml"


def test_without_a_policy_file_the_built_in_one_judges(scratch: Scratch) -> None:
    begin(scratch)

    rules = rules_at(scratch.repository, scratch.oid("main"))

    assert rules.policy == Policy()
    assert rules.source == "built in"


def test_the_policy_of_the_target_judges_and_is_named(scratch: Scratch) -> None:
    begin(scratch, policy=STRICT)

    judgement = judged(scratch)

    assert judgement.rules.policy.humans == 2
    assert judgement.rules.source == f"{scratch.oid('main')[:12]}:{POLICY}"


def test_a_policy_that_only_lies_in_the_working_tree_is_not_read(scratch: Scratch) -> None:
    begin(scratch, policy=STRICT)
    sign(scratch)

    scratch.write(POLICY, LOOSE)

    assert missing(judged(scratch)) == [Requirement.HUMANS]


def test_a_policy_that_the_proposal_loosens_is_not_read(scratch: Scratch) -> None:
    begin(scratch, policy=STRICT)
    scratch.commit({POLICY: LOOSE})

    sign(scratch)

    assert judged(scratch).rules.policy.humans == 2
    assert Requirement.HUMANS in missing(judged(scratch))


def test_a_policy_that_the_proposal_brings_where_there_was_none_is_not_read(scratch: Scratch) -> None:
    begin(scratch)
    scratch.commit({POLICY: LOOSE})

    judgement = judged(scratch)

    assert judgement.rules.source == "built in"
    assert {Requirement.VIEWED, Requirement.ANSWERS} <= set(missing(judgement))


@pytest.mark.parametrize("loosened", [{POLICY: LOOSE}, {".reviews/allowed_signers": "* ssh-ed25519 AAAA\n"}])
def test_a_proposal_that_only_changes_the_rules_does_not_pass_as_no_change_at_all(
    scratch: Scratch, loosened: dict[str, str]
) -> None:
    begin(scratch, policy=STRICT)
    scratch.git("reset", "-q", "--hard", "main")

    scratch.commit(loosened)

    assert not judged(scratch).is_satisfied


def test_rules_do_not_change_unseen_beside_a_change_that_was_approved(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)

    scratch.commit({POLICY: LOOSE})

    assert not judged(scratch).is_satisfied


def test_a_proposal_that_takes_the_policy_away_does_not_pass_unseen(scratch: Scratch) -> None:
    begin(scratch, policy=LOOSE)
    sign(scratch)

    scratch.git("rm", "-q", POLICY)
    scratch.commit()

    assert not judged(scratch).is_satisfied


def test_rules_that_changed_on_the_target_meanwhile_are_no_change_of_the_proposal(scratch: Scratch) -> None:
    begin(scratch)
    sign(scratch)

    scratch.git("checkout", "-q", "main")
    scratch.commit({POLICY: LOOSE})

    judgement = judged(scratch)
    assert judgement.is_satisfied
    assert judgement.rules.policy.humans == 0


def test_another_target_can_be_named(scratch: Scratch) -> None:
    begin(scratch)
    scratch.git("checkout", "-q", "-b", "release", "main")
    scratch.commit({POLICY: STRICT})
    scratch.git("checkout", "-q", "feature")

    sign(scratch)

    assert judged(scratch).is_satisfied
    assert missing(judged(scratch, ref="release")) == [Requirement.HUMANS]


def test_a_first_commit_is_judged_by_the_built_in_policy_and_may_bring_another(scratch: Scratch) -> None:
    scratch.commit({"a.py": "a = 1\n", POLICY: LOOSE})

    sign(scratch, revision="HEAD")

    judgement = judged(scratch, "HEAD")
    assert judgement.rules.source == "built in"
    assert judgement.is_satisfied


BROKEN: dict[str, tuple[Callable[[Scratch], object], str]] = {
    "a link": (lambda scratch: scratch.write(POLICY, "../shop.py", SYMLINK), "is no plain file or folder"),
    "a folder": (lambda scratch: scratch.write(f"{POLICY}/x", "schema = 1\n"), "is no plain file or folder"),
    "in a folder that is a link": (
        lambda scratch: (scratch.write("own/policy.toml", LOOSE), scratch.write(".reviews", "own", SYMLINK)),
        ".reviews is no plain file or folder",
    ),
    "with mistakes": (lambda scratch: scratch.write(POLICY, "schema = 2\nhumans = 1\n"), '"schema" must be 1'),
    "not UTF-8": (lambda scratch: scratch.write(POLICY, b"schema = 1 # \xff\n"), "not UTF-8 (byte FF)"),
    "too large": (lambda scratch: scratch.write(POLICY, b"#\n" * 600_000), "has 1200000 bytes"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_policy_that_cannot_be_read_lets_nothing_be_judged(scratch: Scratch, kind: str) -> None:
    break_it, words = BROKEN[kind]
    scratch.commit({"shop.py": "1\n"})
    break_it(scratch)
    scratch.commit()
    scratch.git("checkout", "-q", "-b", "feature")
    scratch.commit({"shop.py": "2\n"})

    status, _, said = verify(scratch, "main...feature")

    assert status == 3
    assert words in said


def test_every_mistake_of_a_policy_is_told_with_the_commit_it_stands_in(scratch: Scratch) -> None:
    begin(scratch, policy="schema = 1\nhuman = 1\n[require]\nhumans = 99\n")

    with pytest.raises(PolicyInvalid) as raised:
        judged(scratch)

    place = f"{scratch.oid('main')[:12]}:{POLICY}"
    assert len(raised.value.mistakes) == 2
    assert all(mistake.startswith(f"{place}: ") for mistake in raised.value.mistakes)


def test_a_tag_with_the_name_of_the_target_is_not_taken_for_it(scratch: Scratch) -> None:
    begin(scratch, policy=STRICT)
    scratch.commit({POLICY: LOOSE})
    scratch.git("tag", "main")
    scratch.commit({"other.py": "anything\n"})

    with pytest.raises(CannotDetermine, match="names more than one thing"):
        judged(scratch, "main...HEAD")
    with pytest.raises(CannotDetermine, match="names more than one thing"):
        judged(scratch, "refs/heads/main...HEAD", ref="main")
    assert judged(scratch, "refs/heads/main...HEAD").rules.policy.humans == 2


def test_a_tag_called_head_changes_nothing(scratch: Scratch) -> None:
    begin(scratch)
    scratch.git("update-ref", "refs/tags/HEAD", "main")

    assert judged(scratch, "main...HEAD").new == scratch.oid("feature")


def test_a_target_that_is_not_there_is_an_error(scratch: Scratch) -> None:
    begin(scratch)

    with pytest.raises(UnknownRevision):
        judged(scratch, ref="nowhere")


def test_a_policy_that_changes_is_reviewed_like_everything_else(scratch: Scratch) -> None:
    begin(scratch)
    scratch.commit({POLICY: "schema = 1\n"})
    sign(scratch)

    judgement = judged(scratch)

    assert POLICY.encode() in {file.path for file in judgement.diff.files}
    assert judgement.is_satisfied

"""Where the target asks for signatures, nothing that a proposal says in somebody's name counts for it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from reviewer.review.events import Event, Retract, Sign, Signature, Waive
from reviewer.review.model import Reviewer, ReviewId, Verdict
from reviewer.review.policy import Requirement
from reviewer.review.record import event_id
from tests.scratch import Scratch
from tests.verification.reviews import (
    BEN,
    RANGE,
    RITA,
    about,
    begin,
    chained,
    edited,
    journals,
    judged,
    live,
    missing,
    plant,
    read_and_answer,
    reasons,
    sit_down,
    verify,
    whole_review,
)

pytestmark = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is missing; install openssh-client"
)

SIGNED = "schema = 1\n[require]\nsignatures = true\n"
SIGNERS = ".reviews/allowed_signers"


@pytest.fixture(autouse=True)
def no_agent_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the keys of Rita, Ben and Mallory."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("rita", "ben", "mallory"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return folder


def _allowed(keys: Path, **people: str) -> str:
    """Return allowed_signers: who may sign, by which key; `_at_` stands for the sign."""
    return "".join(
        f"{person.replace('_at_', '@')}.org {(keys / f'{key}.pub').read_text()}" for person, key in people.items()
    )


def _begin(scratch: Scratch, keys: Path, policy: str = SIGNED, **people: str) -> None:
    signers = _allowed(keys, **(people or {"rita_at_example": "rita", "ben_at_example": "ben"}))
    scratch.write(SIGNERS, signers)
    begin(scratch, policy=policy)


def _sign(
    scratch: Scratch, keys: Path, by: Reviewer, key: str, verdict: Verdict = Verdict.APPROVE, revision: str = RANGE
) -> ReviewId:
    scratch.git("config", "gpg.format", "ssh")
    scratch.git("config", "user.signingKey", str(keys / key))
    session = read_and_answer(sit_down(scratch, by, revision))
    session.dispatch(Sign(verdict, session.scope.id, 1.0))
    assert session.add_signature().startswith("signed with")
    session.close()
    return session.review


def _in_words_of(scratch: Scratch, by: Reviewer, review: str, *events: Event) -> None:
    """Put words into somebody's mouth, after all that was said."""
    plant(scratch, chained(by, events, review=review, clock=9_000), review, "mallory.00.jsonl")


def test_a_signed_approval_by_an_allowed_key_passes(scratch: Scratch, keys: Path) -> None:
    _begin(scratch, keys)

    _sign(scratch, keys, RITA, "rita")

    assert judged(scratch).is_satisfied
    assert verify(scratch, RANGE)[1] == "verified: 2 edits, approved by Rita <rita@example.org> (signed)\n"


def test_an_unsigned_approval_does_not(scratch: Scratch, keys: Path) -> None:
    _begin(scratch, keys)

    plant(scratch, chained(RITA, whole_review(scratch)))

    assert reasons(judged(scratch), Requirement.SIGNATURES) == ["the sign-off of Rita <rita@example.org> is not signed"]


@pytest.mark.parametrize("key", ["mallory", "ben"])
def test_a_key_that_is_not_allowed_for_this_person_does_not(scratch: Scratch, keys: Path, key: str) -> None:
    _begin(scratch, keys)

    _sign(scratch, keys, RITA, key)

    assert missing(judged(scratch)) == [Requirement.SIGNATURES]


def test_signers_that_the_proposal_allows_are_not_read(scratch: Scratch, keys: Path) -> None:
    _begin(scratch, keys)
    scratch.commit({SIGNERS: _allowed(keys, rita_at_example="mallory")})

    _sign(scratch, keys, RITA, "mallory")

    assert Requirement.SIGNATURES in missing(judged(scratch))


def test_signers_in_the_working_tree_are_not_read(scratch: Scratch, keys: Path) -> None:
    _begin(scratch, keys)
    _sign(scratch, keys, RITA, "mallory")

    scratch.write(SIGNERS, _allowed(keys, rita_at_example="mallory"))

    assert missing(judged(scratch)) == [Requirement.SIGNATURES]


def test_without_signers_on_the_target_nobody_is_allowed(scratch: Scratch, keys: Path) -> None:
    begin(scratch, policy=SIGNED)

    _sign(scratch, keys, RITA, "rita")

    assert missing(judged(scratch)) == [Requirement.SIGNATURES]


def test_a_signature_of_another_sign_off_is_refused(scratch: Scratch, keys: Path) -> None:
    _begin(scratch, keys)
    _sign(scratch, keys, RITA, "rita")
    (real,) = live(scratch).rglob("*.jsonl")
    signature = json.loads(real.read_bytes().splitlines()[-1])["signature"]
    for file in journals(scratch):
        file.unlink()

    said = chained(RITA, whole_review(scratch))
    replayed = Signature(event_id(said.splitlines()[-1]), signature)
    plant(scratch, chained(RITA, [*whole_review(scratch), replayed]))

    judgement = judged(scratch)
    assert missing(judgement) == [Requirement.SIGNATURES]
    assert "signed over another content" in reasons(judgement, Requirement.SIGNATURES)[0]


def test_a_signature_of_something_else_is_refused_even_where_none_is_asked_for(scratch: Scratch, keys: Path) -> None:
    begin(scratch)
    _sign(scratch, keys, RITA, "rita")
    (real,) = live(scratch).rglob("*.jsonl")
    signature = json.loads(real.read_bytes().splitlines()[-1])["signature"]
    for file in journals(scratch):
        file.unlink()

    said = whole_review(scratch)
    line = chained(RITA, said).splitlines()[-1]
    plant(scratch, chained(RITA, [*said, Signature(event_id(line), signature)]))

    assert missing(judged(scratch)) == [Requirement.SIGNATURES]


def test_a_signature_that_somebody_else_adds_is_none_of_the_signers(scratch: Scratch, keys: Path) -> None:
    _begin(scratch, keys)
    _sign(scratch, keys, BEN, "ben")
    (real,) = live(scratch).rglob("*.jsonl")
    lines = real.read_bytes().splitlines()

    _in_words_of(scratch, RITA, real.parent.name, Signature(event_id(lines[-2]), "junk"))

    assert judged(scratch).is_satisfied


def test_a_whole_signed_journal_does_not_count_for_the_next_change(scratch: Scratch, keys: Path) -> None:
    _begin(scratch, keys)
    review = _sign(scratch, keys, RITA, "rita")
    scratch.commit({"other.py": edited(9)})

    _in_words_of(scratch, RITA, review, *whole_review(scratch)[:-1])

    assert Requirement.VERDICT in missing(judged(scratch))


def test_the_asking_for_signatures_cannot_be_waived_by_a_line_that_anybody_can_write(
    scratch: Scratch, keys: Path
) -> None:
    _begin(scratch, keys)
    scope = sit_down(scratch).scope.id

    plant(scratch, chained(RITA, [*whole_review(scratch), Waive("signatures", "no key at hand", scope)]))

    assert missing(judged(scratch)) == [Requirement.SIGNATURES]


def test_nor_can_anything_else_where_words_must_be_proven(scratch: Scratch, keys: Path) -> None:
    _begin(scratch, keys, policy=f"{SIGNED}humans = 2\n")
    review = _sign(scratch, keys, RITA, "rita")

    _in_words_of(scratch, BEN, review, Waive("humans", "I am away", sit_down(scratch).scope.id))

    assert missing(judged(scratch)) == [Requirement.HUMANS]


@pytest.mark.parametrize("verdict", [Verdict.COMMENT, Verdict.APPROVE])
def test_an_objection_is_not_lifted_by_an_unsigned_word_in_its_authors_name(
    scratch: Scratch, keys: Path, verdict: Verdict
) -> None:
    _begin(scratch, keys)
    review = _sign(scratch, keys, RITA, "rita", Verdict.REQUEST_CHANGES)
    _sign(scratch, keys, BEN, "ben")

    _in_words_of(scratch, RITA, review, Sign(verdict, sit_down(scratch).scope.id, 1.0))

    assert reasons(judged(scratch), Requirement.VERDICT) == [
        "Rita <rita@example.org> requested changes and has not signed off since with a signature"
    ]


@pytest.mark.parametrize("state", ["this", "an earlier"])
def test_an_objection_is_not_lifted_by_an_unsigned_retraction(scratch: Scratch, keys: Path, state: str) -> None:
    _begin(scratch, keys)
    review = _sign(scratch, keys, RITA, "rita", Verdict.REQUEST_CHANGES)
    (real,) = live(scratch).rglob("*.jsonl")
    objection = next(line for line in real.read_bytes().splitlines() if b'"e":"signoff"' in line)
    if state == "an earlier":
        scratch.commit({"other.py": edited(9)})
    _sign(scratch, keys, BEN, "ben")

    _in_words_of(scratch, RITA, review, Retract(event_id(objection)))

    assert missing(judged(scratch)) == [Requirement.VERDICT]


def test_an_objection_in_another_review_is_not_lifted_by_an_unsigned_retraction_either(
    scratch: Scratch, keys: Path
) -> None:
    _begin(scratch, keys)
    scope = sit_down(scratch).scope.id
    review = "2025-12-01-fedcba9876"
    head = scratch.oid("HEAD")
    objection = chained(RITA, [about("0" * 64, head), Sign(Verdict.REQUEST_CHANGES, scope, 1.0)], review=review)
    plant(scratch, objection, review, "rita.00.jsonl")
    _sign(scratch, keys, BEN, "ben")

    _in_words_of(scratch, RITA, review, Retract(event_id(objection.splitlines()[-1])))

    assert missing(judged(scratch)) == [Requirement.VERDICT]


def test_an_objection_is_lifted_by_its_authors_signed_approval(scratch: Scratch, keys: Path) -> None:
    _begin(scratch, keys)
    _sign(scratch, keys, RITA, "rita", Verdict.REQUEST_CHANGES)
    scratch.commit({"other.py": edited(9)})

    _sign(scratch, keys, RITA, "rita")

    assert judged(scratch).is_satisfied


def test_one_key_under_two_addresses_is_one_person(scratch: Scratch, keys: Path) -> None:
    _begin(scratch, keys, policy=f"{SIGNED}humans = 2\n", **{"*_at_example": "rita"})

    _sign(scratch, keys, RITA, "rita")
    _sign(scratch, keys, BEN, "rita")

    assert reasons(judged(scratch), Requirement.HUMANS) == ["1 of 2 people approved"]


def test_two_keys_are_two_people(scratch: Scratch, keys: Path) -> None:
    _begin(scratch, keys, policy=f"{SIGNED}humans = 2\n")

    _sign(scratch, keys, RITA, "rita")
    _sign(scratch, keys, BEN, "ben")

    assert judged(scratch).is_satisfied


def test_a_sign_off_changed_after_it_was_signed_is_refused(scratch: Scratch, keys: Path) -> None:
    _begin(scratch, keys)
    _sign(scratch, keys, RITA, "rita", Verdict.COMMENT)
    (copy,) = (scratch.folder / ".reviews").rglob("*.jsonl")
    lines = copy.read_bytes().replace(b'"verdict":"comment"', b'"verdict":"approve"').splitlines()
    signature = json.loads(lines[-1])
    line = json.dumps({**signature, "event": event_id(lines[-2]), "prev": event_id(lines[-2])}).encode()
    for file in journals(scratch):
        file.unlink()

    copy.write_bytes(b"".join(each + b"\n" for each in [*lines[:-1], line]))

    judgement = judged(scratch)
    assert not judgement.damages
    assert missing(judgement) == [Requirement.SIGNATURES]


def test_json_says_of_each_sign_off_what_its_signature_is_worth(scratch: Scratch, keys: Path) -> None:
    _begin(scratch, keys)
    _sign(scratch, keys, RITA, "rita")
    _sign(scratch, keys, BEN, "mallory")
    plant(scratch, chained(Reviewer("Eve", "eve@example.org"), whole_review(scratch)))

    status, said, _ = verify(scratch, RANGE, "--format", "json")

    worth = {signoff["email"].partition("@")[0]: signoff["signature"] for signoff in json.loads(said)["signoffs"]}
    assert worth == {"rita": "valid", "ben": "unlisted", "eve": "none"}
    assert status == 1

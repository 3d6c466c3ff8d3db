"""What `verify` says, as text and as JSON: one line when all is well, else what is missing and what to run."""

import json
import subprocess
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reviewer.provenance.signs import provenance_of
from reviewer.reports.judgement import SCHEMA, judgement_json, judgement_text, trailers
from reviewer.review.events import Event, Range, Sign, TakeNote, View, Waive
from reviewer.review.evidence import Evidence, SignatureCheck
from reviewer.review.model import Reviewer, Verdict
from reviewer.review.policy import Policy, Requirement
from reviewer.review.requirements import Outcome, Reason, Result, evaluate
from reviewer.review.state import fold
from reviewer.verification.judge import Judgement
from reviewer.verification.rules import Rules
from tests.reports.foreign import FOREIGN, is_harmless
from tests.review.samples import ADA, BEN, DIFF, EDITS, OTHER_SCOPE, QUESTIONS, REVIEWED, SCOPE, answers, entry

APPROVAL = Sign(Verdict.APPROVE, SCOPE.id, 1.0)
WHOLE = (View(EDITS), *answers(), APPROVAL)


def _judgement(*events: Event, policy: Policy | None = None, by: Reviewer = ADA, **facts: object) -> Judgement:
    rules = Rules(policy or Policy(), "0123456789ab:.reviews/policy.toml")
    state = fold(entry(event, clock, by) for clock, event in enumerate((Range(REVIEWED), *events)))
    evidence = replace(Evidence(DIFF, SCOPE, state, QUESTIONS), **facts)  # type: ignore[arg-type]  # the test names them
    results = evaluate(rules.policy, evidence)
    return Judgement("main...HEAD", "1" * 40, "2" * 40, DIFF, SCOPE, rules, results, evidence, provenance_of(()))


def _signed_by(check: SignatureCheck) -> Judgement:
    plain = _judgement(*WHOLE)
    (approval,) = plain.approvals
    return _judgement(*WHOLE, signatures={approval.event: check})


# Text.


def test_what_is_signed_off_takes_one_line() -> None:
    assert judgement_text(_judgement(*WHOLE)) == "verified: 3 edits, approved by Ada <ada@example.org> (unsigned)"


def test_the_author_is_labelled() -> None:
    text = judgement_text(_judgement(*WHOLE, authors=frozenset({"ada@example.org"})))

    assert text == "verified: 3 edits, approved by Ada <ada@example.org> (the author, unsigned)"


def test_what_a_signature_is_worth_is_said() -> None:
    good = SignatureCheck(True, True, "signed by ada", "SHA256:a")
    unlisted = SignatureCheck(True, False, "SHA256:b is not among the allowed signers", "SHA256:b")

    assert judgement_text(_signed_by(good)).endswith("(signed)")
    assert judgement_text(_signed_by(unlisted)).endswith("(SHA256:b is not among the allowed signers)")


def test_a_waiver_is_said_with_who_and_why() -> None:
    text = judgement_text(_judgement(*WHOLE, Waive("humans", "Ben is away", SCOPE.id), policy=Policy(humans=2)))

    assert text == (
        "verified: 3 edits, approved by Ada <ada@example.org> (unsigned); "
        "humans waived by Ada <ada@example.org>: Ben is away"
    )


def test_a_waiver_is_said_too_where_something_else_is_missing() -> None:
    text = judgement_text(_judgement(View(EDITS), Waive("humans", "Ben is away", SCOPE.id)))

    assert "  humans      waived by Ada <ada@example.org>: Ben is away" in text.split("\n")


def test_what_is_missing_is_told_by_requirement_and_place_and_how_to_go_on() -> None:
    lines = judgement_text(_judgement(*answers(), APPROVAL)).split("\n")

    assert lines == [
        "not verified: main...HEAD",
        "  viewed      shop.py:2: not read",
        "  viewed      shop.py:12: not read",
        "  viewed      run.sh:1: not read",
        "run `reviewer review main...HEAD`",
    ]


def test_of_many_reasons_the_first_are_told_and_the_rest_counted() -> None:
    lines = judgement_text(_judgement()).split("\n")

    assert [line for line in lines if line.startswith("  answers ")] == [
        "  answers     under 9 of 9 points questions are open"
    ]
    assert not any(line.startswith("  humans ") for line in lines)


def test_of_many_unread_hunks_the_first_are_told_and_the_rest_counted() -> None:
    reasons = tuple(Reason("not read", b"f.py", line) for line in range(1, 9))
    judgement = replace(_judgement(*WHOLE), results=(Result(Requirement.VIEWED, Outcome.UNSATISFIED, reasons),))

    lines = judgement_text(judgement).split("\n")

    assert lines[1:-1] == [
        *(f"  viewed      f.py:{line}: not read" for line in range(1, 6)),
        "  viewed      and 3 more",
    ]


def test_what_was_signed_and_lacks_only_a_formality_is_told_what_to_put_right() -> None:
    reasons = (Reason("no tag"),)
    judgement = replace(_judgement(*WHOLE), results=(Result(Requirement.AI_TAG, Outcome.UNSATISFIED, reasons),))

    last = judgement_text(judgement).split("\n")[-1]

    assert last == "put that right, or say why not: `reviewer waive ai-tag --reason WHY main...HEAD`"


def test_damage_outweighs_all_else_and_says_what_to_do() -> None:
    judgement = replace(_judgement(*WHOLE), damages=("x.jsonl: line 3: is no JSON",))

    assert not judgement.is_satisfied
    assert judgement_text(judgement).split("\n") == [
        "not verified: main...HEAD",
        "  damaged: x.jsonl: line 3: is no JSON",
        "remove or restore the damaged file; what it said is not counted",
    ]


def test_damage_of_something_else_is_said_aside() -> None:
    judgement = replace(_judgement(*WHOLE), warnings=("y.jsonl: line 1: is no JSON",))

    assert judgement.is_satisfied
    assert judgement_text(judgement).split("\n")[1:] == [
        "  not about this change, but damaged: y.jsonl: line 1: is no JSON"
    ]


def test_a_change_of_nothing_is_said_to_be_one() -> None:
    judgement = replace(_judgement(), diff=replace(DIFF, files=()), results=())

    assert judgement_text(judgement) == "verified: main...HEAD changes nothing"


@given(text=FOREIGN, by=st.builds(Reviewer, FOREIGN, FOREIGN))
def test_no_text_of_anybody_steers_the_terminal(text: str, by: Reviewer) -> None:
    said = (*WHOLE, Waive("humans", text, SCOPE.id), TakeNote(text, is_blocking=True))
    bad = SignatureCheck(False, False, text)
    judgement = _judgement(*said, Sign(Verdict.REQUEST_CHANGES, SCOPE.id, 1.0), by=by, policy=Policy(humans=2))
    strange = replace(judgement, label=text, damages=(text,), warnings=(text,))
    signed = _judgement(*WHOLE, by=by, signatures={_judgement(*WHOLE, by=by).approvals[0].event: bad})

    told = [judgement_text(each) for each in (judgement, strange, signed)]

    assert all(is_harmless(each) for each in told)
    assert trailers(signed).count("\n") == 1
    for each in (judgement, strange, signed):
        assert json.loads(judgement_json(each).encode("ascii"))["schema"] == SCHEMA


# JSON.


def test_json_says_all_of_it() -> None:
    said = json.loads(judgement_json(_judgement(*answers(), APPROVAL, authors=frozenset({"ada@example.org"}))))

    requirements = {each["id"]: each for each in said.pop("requirements")}
    assert said == {
        "schema": "reviewer.verify/1",
        "range": "main...HEAD",
        "old": "1" * 40,
        "new": "2" * 40,
        "scope": SCOPE.id,
        "satisfied": False,
        "policy": "0123456789ab:.reviews/policy.toml",
        "provenance": "unknown",
        "signoffs": [
            {
                "name": "Ada", "email": "ada@example.org", "verdict": "approve", "at": "2026-01-31T12:00:00Z",
                "current": True, "author": True, "signature": "none", "key": None,
            }
        ],
        "damages": [],
        "warnings": [],
    }  # fmt: skip
    assert requirements["viewed"] == {
        "id": "viewed",
        "status": "unsatisfied",
        "reasons": [
            {"path": "shop.py", "line": 2, "text": "not read"},
            {"path": "shop.py", "line": 12, "text": "not read"},
            {"path": "run.sh", "line": 1, "text": "not read"},
        ],
    }
    assert requirements["verdict"] == {"id": "verdict", "status": "satisfied", "reasons": []}


def test_json_gives_every_requirement_one_of_five_words() -> None:
    said = json.loads(judgement_json(_judgement(Waive("humans", "x", SCOPE.id))))

    words = {each["id"]: each["status"] for each in said["requirements"]}
    assert set(words.values()) <= {outcome.value for outcome in Outcome}
    assert words["humans"] == "waived"
    assert words["ai-tag"] == "not-applicable"


def test_a_sign_off_of_an_earlier_state_is_not_current() -> None:
    said = json.loads(judgement_json(_judgement(replace(APPROVAL, scope=OTHER_SCOPE))))

    assert [signoff["current"] for signoff in said["signoffs"]] == [False]


def test_a_path_that_is_no_utf_8_keeps_its_bytes() -> None:
    said = json.loads(judgement_json(_judgement(unreviewed=(b".reviews/\xff",))))

    assert said["requirements"][0]["reasons"][0]["path"] == {"b64": "LnJldmlld3Mv/w=="}


# Trailers.


def test_each_person_who_approved_has_one_trailer_in_order() -> None:
    story = [(Range(REVIEWED), ADA), (APPROVAL, BEN), (APPROVAL, ADA), (APPROVAL, ADA)]
    state = fold(entry(event, clock, by) for clock, (event, by) in enumerate(story))
    judgement = replace(_judgement(), evidence=replace(_judgement().evidence, state=state))

    assert trailers(judgement) == "Reviewed-by: Ada <ada@example.org>\nReviewed-by: Ben <ben@example.org>\n"


def test_git_reads_them_as_trailers_and_a_name_adds_none() -> None:
    mallory = Reviewer("M\nSigned-off-by: Ada <ada@example.org>", "m@example.org")
    message = f"change\n\n{trailers(_judgement(*WHOLE, by=mallory))}"

    read = subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=message.encode(), capture_output=True, check=True
    )

    (line,) = read.stdout.decode().splitlines()
    assert line.startswith("Reviewed-by: M␊Signed-off-by: Ada")

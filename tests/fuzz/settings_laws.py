"""What must hold of any bytes read as settings, or as another program's log: understood, or every mistake told."""

from pathlib import Path

from reviewer.analysis.change import ChangedFile
from reviewer.checklist import Checklist, built_in_checklists, load_checklist, load_checklists
from reviewer.configuration.model import Configuration
from reviewer.configuration.preferences import CONTEXTS, USERS_OWN, KeyChoice
from reviewer.configuration.read import read_configuration
from reviewer.configuration.settings import settings_of
from reviewer.engines.report import beside_ours
from reviewer.engines.sarif import read_log
from reviewer.errors import ChecklistInvalid, ConfigInvalid, PolicyInvalid, ReviewerError
from reviewer.review.policy_file import read_policy
from reviewer.tui.keymap import key_map, key_mistakes
from reviewer.visible import show
from tests.fuzz.cleanliness import assert_clean
from tests.fuzz.diff_laws import assert_reports_are_clean, questions_of
from tests.review.samples import DIFF, finding

READ, REFUSED = "read", "refused"
_PLACES = (("own.toml", ()), ("pyproject.toml", ("tool", "reviewer")))
_TOP = Path("/src/a b")
_FILE = ChangedFile(b"shop.py", None, b"import os\nimport sys\nx = 1\n" * 5, frozenset({2, 12, 13}), frozenset())
_BUILT_IN = built_in_checklists()


def check_checklist(raw: bytes, folder: Path) -> str:
    file = folder / "team.toml"
    file.write_bytes(raw)
    try:
        checklist = load_checklist(file)
    except ChecklistInvalid as error:
        _assert_mistakes(error.mistakes, f"{file}: ")
        return REFUSED
    for line in _lines_of(checklist):
        assert_clean(line, "\t")
    assert questions_of(DIFF, (checklist,)) in (0, len(checklist.questions))
    try:
        load_checklists([file], beside=_BUILT_IN)
    except ChecklistInvalid as error:
        _assert_mistakes(error.mistakes, f"{file}: ")
    return READ


def check_configuration(raw: bytes) -> str:
    """Check a file as the one of our own and as a `pyproject.toml`, where our tables stand deeper."""
    outcome = REFUSED
    for place, within in _PLACES:
        try:
            configuration = read_configuration(raw, place, within, check_keys=key_mistakes)
        except ConfigInvalid as error:
            _assert_mistakes(error.mistakes, f"{place}: ")
            continue
        _assert_sound(configuration)
        _assert_repository_has_no_say(raw, place, within)
        assert configuration.over(Configuration()).choice == configuration.choice
        assert len(configuration.choice.among([finding()])) <= 1
        outcome = READ
    return outcome


def _assert_sound(configuration: Configuration) -> None:
    """Check that what was read without a mistake is preferences, and keys to review with."""
    assert configuration.preferences.context in CONTEXTS
    keys = key_map(configuration.keys)
    bound = {key.name for key in (*keys.review, *keys.checklist, *keys.sign_off) if key.keys}
    assert {"leave", "help", "leave_checklist", "leave_sign_off", "sign_off_help"} <= bound
    for setting in settings_of((configuration,)):
        assert_clean(show(setting.name))


def _assert_repository_has_no_say(raw: bytes, place: str, within: tuple[str, ...]) -> None:
    try:
        theirs = read_configuration(raw, place, within, is_users_own=False)
    except ConfigInvalid as error:
        _assert_mistakes(error.mistakes, f"{place}: ")
        return
    assert theirs.keys == KeyChoice()
    assert not USERS_OWN & theirs.view.keys()
    _assert_mistakes(list(theirs.ignored) or [f"{place}: nothing"], f"{place}: ")


def check_policy(raw: bytes) -> str:
    try:
        policy = read_policy(raw, "policy.toml")
    except PolicyInvalid as error:
        _assert_mistakes(error.mistakes, "policy.toml: ")
        return REFUSED
    assert policy.protects("refs/heads/main") in (True, False)
    assert 0 <= policy.humans <= 9
    return READ


def check_log(raw: bytes, folder: Path) -> str:
    file = folder / "log.sarif"
    file.write_bytes(raw)
    try:
        log = read_log(file, _TOP)
    except ReviewerError as error:
        _assert_mistakes([str(error)], f"{file}: ")
        return REFUSED
    reports = log.get(_FILE.path, ())
    assert_reports_are_clean(list(beside_ours((), reports, _FILE)))
    return READ if reports else "nothing of it"


def _assert_mistakes(mistakes: list[str], place: str) -> None:
    assert mistakes
    for mistake in mistakes:
        assert mistake.startswith(place)
        assert mistake != place
        assert_clean(mistake, "\t")


def _lines_of(checklist: Checklist) -> list[str]:
    asked = [line for question in checklist.questions for line in (question.key, question.ask, *question.look_for)]
    return [checklist.title, *asked]

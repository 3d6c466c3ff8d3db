import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.provenance.assistants import by_identity, by_name, names_any
from reviewer.provenance.markers import load_markers

ASSISTANTS = load_markers().assistant
FIRST_NAMES = ("Claude", "Devin", "Jules", "Gemini", "Cody")
SURNAMES = ("Monet", "Smith", "Verne", "Shannon", "de la Tour", "Debussy", "Codey", "Agentini", "Provost", "Oliver")


@given(st.sampled_from([email for assistant in ASSISTANTS for email in assistant.emails]), st.data())
def test_an_address_is_known_whatever_the_name_and_the_case(email: str, data: st.DataObject):
    name = data.draw(st.text(max_size=20))
    spelt = "".join(data.draw(st.sampled_from((char.lower(), char.upper()))) for char in email)

    assistant = by_identity(name, spelt)

    assert assistant is not None
    assert email in assistant.emails


@given(st.sampled_from([login for assistant in ASSISTANTS for login in assistant.logins]), st.integers(0, 10**9))
def test_an_account_is_known_with_any_number_and_without(login: str, number: int):
    for email in (f"{number}+{login}@users.noreply.github.com", f"{login}@users.noreply.github.com"):
        assistant = by_identity("Whoever", email)

        assert assistant is not None
        assert login in assistant.logins


@given(
    st.sampled_from([email for assistant in ASSISTANTS for email in assistant.emails]),
    st.text("abcdefghijklmnopqrstuvwxyz0123456789.-+", min_size=1, max_size=5),
)
def test_an_address_that_only_looks_alike_is_unknown(email: str, more: str):
    local, _, domain = email.partition("@")

    for other in (f"{more}{email}", f"{email}{more}", f"{local}@{more}{domain}", f"{local}{more}@{domain}"):
        assert by_identity("Ada", other) is None or other in {e for a in ASSISTANTS for e in a.emails}


@given(st.sampled_from(FIRST_NAMES), st.sampled_from(SURNAMES), st.booleans())
def test_a_person_with_the_name_of_an_assistant_is_a_person(first: str, surname: str, can_be_short: bool):
    name = f"{first} {surname}"
    address = f"{first}.{surname}@example.org".lower().replace(" ", "")

    assert by_identity(name, address) is None
    assert by_identity(first, f"{first}@example.org".lower()) is None
    assert by_identity(first, f"81847+{first}@users.noreply.github.com".lower()) is None
    assert by_name(name, can_be_short=can_be_short) is None


@pytest.mark.parametrize("bot", ["dependabot[bot]", "renovate[bot]", "github-actions[bot]", "pre-commit-ci[bot]"])
def test_a_bot_that_is_no_assistant_is_unknown(bot: str):
    assert by_identity(bot, f"49699333+{bot}@users.noreply.github.com") is None


@pytest.mark.parametrize("committer", ["GitHub <noreply@github.com>", "GitLab <noreply@gitlab.com>"])
def test_a_forge_that_commits_for_people_is_unknown(committer: str):
    name, _, email = committer.rstrip(">").partition(" <")

    assert by_identity(name, email) is None


@pytest.mark.parametrize("bot", ["copilot-swe-agent[bot]", "devin-ai-integration[bot]", "google-labs-jules[bot]"])
def test_a_bot_is_known_by_its_name_at_other_forges(bot: str):
    assert by_identity(bot, "bot@forge.example") is not None


def test_a_persons_name_is_no_account():
    assert by_identity("claude", "claude@example.org") is None
    assert by_identity("Copilot", "copilot@airline.example") is None


def test_aider_signs_behind_the_name_of_whom_it_works_for():
    assistant = by_identity("Ada Lovelace (aider)", "ada@example.org")

    assert assistant is not None
    assert assistant.id == "aider"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Claude Opus 4.5", "claude"),
        ("Claude Sonnet 5", "claude"),
        ("Claude Code (claude-fable-5)", "claude"),
        ("Claude:claude-3-opus", "claude"),
        ("claude 3.7", "claude"),
        ("Devin AI", "devin"),
        ("Gemini 3 Pro (High)", "gemini"),
        ("GitHub Copilot", "copilot"),
        ("Cursor Agent", "cursor"),
        ("OpenAI Codex", "codex"),
        ("aider (gpt-4o)", "aider"),
    ],
)
def test_a_name_that_only_an_assistant_has_is_told(name: str, expected: str):
    assistant = by_name(name)

    assert assistant is not None
    assert assistant.id == expected


@pytest.mark.parametrize("name", ["Claude", "Cursor", "Amp", "Gemini"])
def test_a_short_name_is_told_only_where_nothing_else_is_expected(name: str):
    assert by_name(name) is None
    assert by_name(name, can_be_short=True) is not None


@pytest.mark.parametrize(
    "name", ["Claude 2nd", "Claudette 4", "Devinder AI-Rashid", "Devin Ai", "Amplitude", "Gemini Protocol", "cursory"]
)
def test_a_name_that_goes_on_otherwise_is_not_told(name: str):
    assert by_name(name, can_be_short=True) is None


def test_an_assistant_of_any_make_is_spoken_of_in_capitals():
    assert names_any("Steepwise AI Assistant")
    assert names_any("GPT-5.4")
    assert not names_any("Ai Weiwei")
    assert not names_any("MAIL, RAID and AIX")

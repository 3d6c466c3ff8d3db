import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.provenance.model import Kind, Place
from reviewer.provenance.signs import has_tag, provenance_of, signs_in, signs_of
from reviewer.repository.history import Commit, Person

ADA = Person(b"Ada", b"ada@example.org")
COPILOT = Person(b"copilot-swe-agent[bot]", b"198982749+Copilot@users.noreply.github.com")
NOTE = b'a.py\n  d9978a8723e02b52 1-4\n---\n{"prompts": {"d9978a8723e02b52": {"agent_id": {"tool": "cursor"}}}}'
BY_CLAUDE = b"Co-Authored-By: Claude Opus 4.5 <noreply@anthropic.com>"


def commit(
    message: bytes = b"Fix it\n",
    *,
    oid: str = "1" * 40,
    author: Person = ADA,
    committer: Person = ADA,
    notes: bytes = b"",
) -> Commit:
    return Commit(oid, author, committer, message, notes)


def markers(message: bytes) -> list[str]:
    return [marker for marker, *_ in signs_in(message)]


@pytest.mark.parametrize(
    ("line", "marker", "tool"),
    [
        (b"Co-authored-by: Claude <noreply@anthropic.com>", "claude", "Claude Code"),
        (b"co-authored-by: claude <NOREPLY@ANTHROPIC.COM>", "claude", "Claude Code"),
        (b"Co-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>", "copilot", "GitHub Copilot"),
        (b"Co-authored-by: Cursor <cursoragent@cursor.com>", "cursor", "Cursor"),
        (b"Co-authored-by: GPT 5.5 <codex@openai.com>", "codex", "Codex"),
        (b"Co-authored-by: aider (gpt-4o) <aider@aider.chat>", "aider", "aider"),
        (b"Co-authored-by: openhands <openhands@all-hands.dev>", "openhands", "OpenHands"),
        (b"Co-authored-by: Claude Opus 5 (1M context)", "claude", "Claude Code"),
        (b"Signed-off-by: Qwen-Coder <qwen-coder@alibabacloud.com>", "qwen", "Qwen Code"),
        (b"Assisted-by: Claude:claude-3-opus coccinelle sparse", "claude", "Claude Code"),
        (b"Assisted-by: Cursor AI, claude-4-sonnet", "cursor", "Cursor"),
        (b"Assisted-by: Gemini", "gemini", "Gemini"),
        (b"Assisted-by: Homegrown:model-7", "assisted-by", "an assistant"),
        (b"Assisted-by: AI", "assisted-by", "an assistant"),
        (b"Generated-by: ChatGPT", "codex", "Codex"),
        (b"Made-with: Cursor", "cursor", "Cursor"),
        (b"AI-Assisted-by: Homegrown", "ai-assistance", "an assistant"),
        (b"AI-assisted: yes", "ai-assistance", "an assistant"),
        (b"AI-Tool: Claude", "ai-assistance", "Claude Code"),
        (b"Claude-Session: https://claude.ai/code/session_1", "claude-session", "Claude Code"),
        (b"Amp-Thread-ID: https://ampcode.com/threads/T-1", "amp-thread", "Amp"),
        (b"Agent-Logs-Url: https://github.com/a/b/sessions/1", "copilot-logs", "GitHub Copilot"),
        (b"Replit-Commit-Author: Agent", "replit", "Replit"),
        (b"Entire-Checkpoint: a3b2c4d5e6f7", "entire", "an assistant recorded by Entire"),
    ],
    ids=lambda value: value.decode() if isinstance(value, bytes) else "",
)
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\nReviewed-by: Ada <ada@example.org>\r\n"], ids=["", "lf", "crlf"])
def test_a_trailer_shows_an_assistant(line: bytes, marker: str, tool: str, end: bytes):
    assert [*signs_in(b"Fix it\n\n" + line + end)] == [(marker, tool, Place.TRAILER, line)]


@pytest.mark.parametrize(
    ("line", "tool"),
    [
        ("🤖 Generated with [Claude Code](https://claude.com/claude-code)", "Claude Code"),
        ("Generated with Claude Code", "Claude Code"),
        ("💘 Generated with Crush", "Crush"),
        ("Generated with [Devin](https://devin.ai)", "Devin"),
    ],
)
def test_a_footer_shows_an_assistant(line: str, tool: str):
    found = [*signs_in(f"Fix it\n\n{line}\n".encode())]

    assert [(tool, place) for _, tool, place, _ in found] == [(tool, Place.FOOTER)]
    assert found[0][-1] == line.encode()


@pytest.mark.parametrize(
    "message",
    [
        "Co-authored-by: Claude Monet <claude@monet.example>",
        "Co-authored-by: Claude <claude@example.org>",
        "Co-authored-by: Devin Smith <devin@example.org>",
        "Co-authored-by: Jules <1234+jules@users.noreply.github.com>",
        "Co-authored-by: Copilot Pilotson <co@pilot.example>",
        "Co-authored-by: dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
        "Co-authored-by: Jane (Acme AI) <jane@acme.example>",
        "Signed-off-by: Gemini Ganesan <gemini@example.org>",
        "Assisted-by: Daniel Stenberg",
        "Assisted-by: Claude Shannon <cs@bell.example>",
        "Assisted-by: Ai Weiwei",
        "Assisted-by: Devin <devin@example.org>",
        "Generated-by: protoc 3.21.0",
        "Generated-by: openapi:generator",
        "Reviewed-by: Claude <noreply@anthropic.com>",
        "Replit-Commit-Author: Deployment",
        "AI-assisted: no",
        "AI-Generated: None",
        "    Co-authored-by: Claude <noreply@anthropic.com>",
        "> Co-authored-by: Claude <noreply@anthropic.com>",
        "We drop lines like Co-authored-by: Claude <noreply@anthropic.com> now.",
        "Close the cursor: it leaks a connection",
        "cursor: move it home before drawing",
        "gemini: support the protocol's status 44",
        "aider-chat: 0.85.1 -> 0.86.0",
        "Strip 'Generated with Claude Code' from messages",
        "Generated with Claude Code was a footer once",
        "Generated with bison 3.8",
        "Note that ai: is a prefix",
        "Require the [AI-ASSISTED] tag in subjects",
        "Ask for `[AI-ASSISTED]`, and say so",
        "",
    ],
)
def test_a_message_about_other_things_shows_nothing(message: str):
    assert markers(f"Fix it\n\n{message}\n".encode()) == []
    assert markers(message.encode()) == []


@pytest.mark.parametrize(
    "message",
    [
        b"[AI-ASSISTED] Fix it\n",
        b"Fix it [AI-ASSISTED]",
        b"Fix it [ai-assisted] (#12)\r\n\r\nBecause.\r\n",
        b"fix(parser): [AI-assisted] close the cursor\n",
        b"Squash (#12)\n\n* [AI-ASSISTED] one\n* two\n",
        b"Fix it\n\n[AI-ASSISTED]\n",
    ],
)
def test_a_tag_shows_an_assistant_wherever_it_is_meant(message: bytes):
    assert has_tag(message)
    assert markers(message) == ["ai-assisted-tag"]


def test_a_commit_shows_who_wrote_and_who_committed_it():
    signs = signs_of(commit(author=COPILOT, committer=Person(b"Ada (aider)", b"ada@example.org")))

    assert [(sign.marker, sign.place, sign.text) for sign in signs] == [
        ("copilot", Place.AUTHOR, b"copilot-swe-agent[bot] <198982749+Copilot@users.noreply.github.com>"),
        ("aider", Place.COMMITTER, b"Ada (aider) <ada@example.org>"),
    ]


def test_a_note_of_git_ai_is_a_sign():
    (sign,) = signs_of(commit(notes=NOTE))

    assert (sign.marker, sign.place, sign.text) == ("git-ai", Place.NOTE, b"cursor")


def test_a_sign_is_given_once_and_cut_short():
    line = b"AI-Tool: " + b"\xff" * 400 + b"\n"

    (sign,) = signs_of(commit(b"Fix it\n\n" + line * 50))

    assert sign.text == line[:200]


def test_commits_without_a_sign_are_unknown_and_so_is_no_commit():
    for commits in ((), (commit(), commit(oid="2" * 40))):
        found = provenance_of(commits)

        assert (found.kind, found.signs, found.untagged, found.has_tag) == (Kind.UNKNOWN, (), (), False)
        assert found.commits == commits


def test_one_sign_makes_a_change_assisted():
    found = provenance_of([commit(), commit(b"Fix it\n\n" + BY_CLAUDE, oid="2" * 40)])

    assert found.kind is Kind.AI
    assert [(sign.commit, sign.tool) for sign in found.signs] == [("2" * 40, "Claude Code")]


@pytest.mark.parametrize("notes", [b"", NOTE])
def test_every_assisted_commit_needs_the_tag(notes: bytes):
    tagged = commit(b"[AI-ASSISTED] Fix it\n\n" + BY_CLAUDE, oid="2" * 40, notes=notes)
    bare = commit(b"Fix it\n", oid="3" * 40, notes=NOTE)

    assert provenance_of([commit(), tagged]).has_tag
    assert not provenance_of([commit(), bare, tagged]).has_tag
    assert provenance_of([tagged, bare, commit()]).untagged == ("3" * 40,)


def test_what_was_too_large_to_read_is_named():
    unread = Commit("4" * 40, ADA, ADA, b"", b"", is_whole=False)

    assert provenance_of([commit(), unread]).unread == ("4" * 40,)


@given(st.lists(st.sampled_from((commit(), commit(BY_CLAUDE, oid="2" * 40), commit(oid="3" * 40, notes=NOTE)))))
def test_more_commits_never_take_a_sign_away(commits: list[Commit]):
    signs = set(provenance_of(commits).signs)

    for more in range(len(commits)):
        assert set(provenance_of(commits[:more]).signs) <= signs


@given(st.binary(max_size=300))
def test_a_message_may_hold_anything(message: bytes):
    with_trailer = message + b"\n" + BY_CLAUDE + b"\n"

    assert ("claude", "Claude Code", Place.TRAILER, BY_CLAUDE) in [*signs_in(with_trailer)]
    assert all(text for *_, text in signs_in(message))

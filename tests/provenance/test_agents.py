import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reviewer.provenance.agents import AGENTS, agent_at_work

ROOT = Path(__file__).parents[2]
TERMINAL = {"HOME": "/home/ada", "USER": "ada", "SHELL": "/bin/zsh", "PATH": "/usr/bin", "TERM": "xterm-256color"}
KNOWN = {variable for _, conditions, _ in AGENTS for variable, _ in conditions} | {"AI_AGENT"}


def meeting(conditions: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return variables as the agent sets them."""
    return {variable: expected.removesuffix("*") or "1" for variable, expected in conditions}


@pytest.mark.parametrize(("name", "conditions"), [row[:2] for row in AGENTS], ids=str)
def test_an_agent_is_known_by_each_of_its_ways(name: str, conditions: tuple[tuple[str, str], ...]):
    assert agent_at_work(TERMINAL | meeting(conditions)) == name


@pytest.mark.parametrize("conditions", [row[1] for row in AGENTS if len(row[1]) > 1], ids=str)
def test_one_condition_of_several_is_not_enough(conditions: tuple[tuple[str, str], ...]):
    for condition in conditions:
        assert agent_at_work(TERMINAL | meeting((condition,))) is None


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"TERM_PROGRAM": "vscode", "VSCODE_INJECTION": "1", "GIT_ASKPASS": "/usr/share/code/askpass.sh"},
        {"TERM_PROGRAM": "vscode", "CURSOR_TRACE_ID": "6f1d4b5e9c", "CURSOR_LAYOUT": "unified"},
        {"CURSOR_EXTENSION_HOST_ROLE": "user"},
        {"TERM_PROGRAM": "vscode", "CLAUDE_CODE_SSE_PORT": "41234", "ENABLE_IDE_INTEGRATION": "true"},
        {"TERM_PROGRAM": "vscode", "GEMINI_CLI_IDE_SERVER_PORT": "41235"},
        {"TERM_PROGRAM": "vscode", "CODEIUM_EDITOR_APP_ROOT": "/opt/windsurf"},
        {"TERM_PROGRAM": "zed", "ZED_TERM": "true"},
        {"TERM_PROGRAM": "WarpTerminal"},
        {"TERM_PROGRAM": "kiro"},
        {"REPL_ID": "0d1f", "REPL_OWNER": "ada"},
        {"AIDER_MODEL": "sonnet", "AIDER_API_KEY": "secret", "AIDER_DARK_MODE": "true"},
        {"GOOSE_PROVIDER": "openai", "OPENCODE_CLIENT": "desktop", "COPILOT_MODEL": "gpt", "CODEX_HOME": "/codex"},
        {"ANTHROPIC_API_KEY": "secret", "OPENAI_API_KEY": "secret", "GEMINI_API_KEY": "secret"},
        {"SSH_AGENT_PID": "812", "SSH_AUTH_SOCK": "/run/agent.812", "GPG_AGENT_INFO": "/run/agent:0:1"},
        {"AGENT": "build-agent-7", "AGENT_NAME": "Azure Pipelines 3", "BUILDKITE_AGENT_NAME": "ci-2"},
        {"CI": "true", "GITHUB_ACTIONS": "true", "RUNNER_NAME": "GitHub Actions 12"},
        {"AWS_EXECUTION_ENV": "AWS_ECS_FARGATE"},
        {"HOME": "/home/jules", "USER": "jules"},
    ],
    ids=lambda environ: next(iter(environ), "nothing"),
)  # fmt: skip
def test_a_persons_terminal_and_a_ci_runner_are_no_agents(environ: dict[str, str]):
    assert agent_at_work(TERMINAL | environ) is None


@pytest.mark.parametrize("off", ["", " ", "0", "false", "No", "OFF"])
@pytest.mark.parametrize("variable", ["CLAUDECODE", "CURSOR_AGENT", "GEMINI_CLI", "OPENCODE", "AI_AGENT"])
def test_a_variable_that_says_off_says_nothing(variable: str, off: str):
    assert agent_at_work(TERMINAL | {variable: off}) is None


def test_an_agent_names_itself_by_the_variable_meant_for_all():
    assert agent_at_work({"AI_AGENT": "github_copilot_vscode_agent"}) == "github_copilot_vscode_agent"
    assert agent_at_work({"AI_AGENT": "custom-agent@2.0"}) == "custom-agent@2.0"


@given(st.text(st.characters(codec="utf-8"), min_size=1))
@example("a" * 61)
@example("\x1b]0;x\x07")
def test_only_a_plain_name_is_given_back(name: str):
    agent = agent_at_work({"AI_AGENT": name})

    assert agent is None or (agent.isascii() and agent.isprintable() and len(agent) <= 60)


def test_an_agent_inside_another_is_named_by_what_only_it_sets():
    assert agent_at_work({"CLAUDECODE": "1", "AGENT": "amp", "AMP_CURRENT_THREAD_ID": "T-1"}) == "Amp"
    assert agent_at_work({"CRUSH": "1", "AGENT": "crush", "AI_AGENT": "crush"}) == "Crush"


@given(st.dictionaries(st.text(max_size=12).filter(lambda name: name not in KNOWN), st.text(max_size=12)))
def test_no_other_variable_matters(environ: dict[str, str]):
    assert agent_at_work(environ) is None


def test_each_way_names_its_source():
    assert all(source.strip() for _, _, source in AGENTS)


def test_asking_loads_neither_git_nor_a_parser():
    ask = (
        "import sys\nfrom reviewer.provenance.agents import agent_at_work\nagent_at_work({})\n"
        "print(*{'git', 'msgspec', 'tomllib', 're', 'reviewer.repository'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-S", "-c", ask], cwd=ROOT, capture_output=True, text=True)

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")

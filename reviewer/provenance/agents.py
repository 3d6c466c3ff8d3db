"""Whose session a process runs in, by the variables that coding agents set for the commands they start.

A leaf that reads no file, since every push asks it. It can be wrong both ways: an agent that clears its
variables goes unseen, and a terminal that a person opens from within a session is taken for the agent's.
"""

from collections.abc import Mapping

_UNNAMED = "an agent"
_OFF = ("", "0", "false", "no", "off")
_LONGEST_NAME = 60

# Only what a command started by an agent has and a person's own terminal has not. So without what editors
# set in every terminal (TERM_PROGRAM, CURSOR_TRACE_ID, CODEIUM_EDITOR_APP_ROOT, CLAUDE_CODE_SSE_PORT,
# REPL_ID) and without what people set to configure a tool (AIDER_*, GOOSE_PROVIDER, OPENCODE_CLIENT,
# COPILOT_MODEL, CODEX_HOME). A value: "" is any that does not say off, "x" exactly x, "x*" begins with x.
# Those that also set the variables of another come before it.
AGENTS: tuple[tuple[str, tuple[tuple[str, str], ...], str], ...] = (
    ("Amp", (("AGENT", "amp"),), "ampcode.com/manual/appendix#permissions-delegation"),
    ("Amp", (("AMP_CURRENT_THREAD_ID", ""),), "github.com/microsoft/vscode/issues/311734"),
    ("Crush", (("CRUSH", "1"),), "github.com/charmbracelet/crush internal/shell/shell.go"),
    ("Crush", (("AGENT", "crush"),), "github.com/charmbracelet/crush internal/shell/shell.go"),
    ("Claude Code", (("CLAUDECODE", ""),), "code.claude.com/docs/en/env-vars"),
    ("Claude Code", (("CLAUDE_CODE_CHILD_SESSION", ""),), "code.claude.com/docs/en/env-vars"),
    ("Codex", (("CODEX_SANDBOX", ""),), "github.com/openai/codex codex-rs/core/src/spawn.rs"),
    ("Codex", (("CODEX_SANDBOX_NETWORK_DISABLED", ""),), "github.com/openai/codex codex-rs/core/src/spawn.rs"),
    ("Codex", (("CODEX_THREAD_ID", ""),), "github.com/openai/codex codex-rs/core/src/exec_env.rs"),
    ("Codex", (("CODEX_CI", ""),), "github.com/openai/codex codex-rs/core/src/unified_exec/process_manager.rs"),
    ("Cursor", (("CURSOR_AGENT", ""),), "github.com/web-infra-dev/rstest/pull/994"),
    ("Cursor", (("CURSOR_EXTENSION_HOST_ROLE", "agent-exec"),), "github.com/vercel-labs/skills/pull/1549"),
    ("Gemini CLI", (("GEMINI_CLI", ""),), "github.com/google-gemini/gemini-cli/pull/4791"),
    ("GitHub Copilot", (("COPILOT_AGENT", ""),), "github.com/microsoft/vscode/pull/316267"),
    ("GitHub Copilot", (("COPILOT_CLI", ""),), "github.com/cli/cli internal/agents/detect.go"),
    ("OpenCode", (("OPENCODE", ""),), "github.com/anomalyco/opencode packages/opencode/src/index.ts"),
    ("Goose", (("GOOSE_TERMINAL", ""),), "github.com/aaif-goose/goose/pull/7017"),
    ("Goose", (("AGENT", "goose"),), "github.com/aaif-goose/goose/pull/7017"),
    ("Cline", (("CLINE_ACTIVE", ""),), "github.com/cline/cline/discussions/5366"),
    ("Augment", (("AUGMENT_AGENT", ""),), "github.com/ascorbic/am-i-vibing src/providers.ts"),
    ("Qwen Code", (("QWEN_CODE", ""),), "github.com/ascorbic/am-i-vibing src/providers.ts"),
    ("Antigravity", (("ANTIGRAVITY_AGENT", ""),), "github.com/cli/cli internal/agents/detect.go"),
    ("Trae", (("TRAE_AI_SHELL_ID", ""),), "github.com/agentsmd/agents.md/issues/136"),
    ("Amazon Q", (("AWS_EXECUTION_ENV", "AmazonQ*"),), "github.com/aws/aws-cdk-cli lib/cli/util/detect-agent.ts"),
    ("Replit", (("REPL_ID", ""), ("REPLIT_MODE", "assistant")), "github.com/ascorbic/am-i-vibing src/providers.ts"),
    ("Jules", (("HOME", "/home/jules"), ("USER", "swebot")), "github.com/ascorbic/am-i-vibing src/providers.ts"),
)  # fmt: skip
# The one variable meant for all of them; its value is a name, such as "github_copilot_vscode_agent".
_ANY_AGENT = "AI_AGENT"  # https://github.com/vercel/vercel packages/detect-agent


def agent_at_work(environ: Mapping[str, str]) -> str | None:
    """Return the name of the agent that started this process, as far as the environment tells; else None."""
    for name, conditions, _ in AGENTS:
        if all(_is_met(environ.get(variable, ""), expected) for variable, expected in conditions):
            return name
    named = environ.get(_ANY_AGENT, "").strip()
    if named.lower() in _OFF:
        return None
    return named if _is_plain(named) else _UNNAMED


def _is_met(value: str, expected: str) -> bool:
    if not expected:
        return value.strip().lower() not in _OFF
    return value.startswith(expected[:-1]) if expected.endswith("*") else value == expected


def _is_plain(name: str) -> bool:
    """True if the name can be shown as it is."""
    return len(name) <= _LONGEST_NAME and all(char.isascii() and (char.isalnum() or char in "-_.@/") for char in name)

"""Marks of AI assistance in commit messages: trailers that name an assistant, and the `[AI-ASSISTED]` tag."""

import re

_ASSISTANTS = (
    rb"ai|aider|amp|assistant|chatgpt|claude|codeium|codex|codewhisperer|copilot|cursor|devin|gemini|gpt|jules|"
    rb"openhands|windsurf"
)
_TRAILER = re.compile(
    rb"^(?:co-authored-by|assisted-by|generated-by|generated-with|ai-assisted-by):[^\n]*\b(?:" + _ASSISTANTS + rb")\b",
    re.IGNORECASE | re.MULTILINE,
)
_TAG = b"[ai-assisted]"


def is_ai_assisted(messages: bytes) -> bool:
    """Return True if a message says that an assistant had a part in its commit."""
    return _TAG in messages.lower() or _TRAILER.search(messages) is not None

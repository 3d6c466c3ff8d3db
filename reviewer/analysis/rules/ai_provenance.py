import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.comments import Comment
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import CommentRule, Example, LineSighting

_AGENTS = (
    r"(chat ?gpt|gpt-?\d\w*|copilot|claude|cursor|codex|gemini|codeium|tabnine|devin|windsurf|llm|ai|openai|anthropic)"
)
_MARK = regex(
    r"\[\s*ai[-_ ](assisted|generated|written|created|suggested)[^\]]*\]|"
    r"\bai[-_ ](assisted|generated|written|created)\b(?! by)|"
    rf"\bco-?authored[- ]by:.*\b{_AGENTS}\b|\b(assisted|written|created|drafted|authored)[- ](by|with|"
    rf"using):? (\w+ )?{_AGENTS}\b|"
    rf"\bwith (the )?(help|assistance|aid) of (\w+ )?{_AGENTS}\b|🤖",
    re.IGNORECASE,
)


class AiProvenance(CommentRule):
    """A comment marks code as written with the help of a model.

    Why look: nobody has thought this code through before you.
    Ask: who has read, run and understood it?
    """

    informs = "prompt"
    severity = Severity.INFO
    words = (
        "[AI", "[ai", "AI-", "ai-", "AI_", "AI ", "uthored", "with the", "ssisted", "ritten", "reated", "rafted", "🤖",
    )  # fmt: skip

    INVALID = (
        Example("# [AI-ASSISTED] total of all orders\ntotal = sum(orders)\n"),
        Example("# AI-generated\ntotal = sum(orders)\n"),
        Example("# Written with Copilot\ntotal = sum(orders)\n"),
        Example("// Co-authored-by: Claude <a@example.com>\nload();\n", path="shop/load.ts"),
        Example("# made with the help of ChatGPT\ntotal = sum(orders)\n"),
    )
    VALID = (
        Example("# Said by the assistant on duty\ntotal = sum(orders)\n"),
        Example("mark = '[AI-ASSISTED]'\n"),
        Example("# Co-authored-by: Ada <ada@example.com>\ntotal = 1\n"),
        Example("# Move the cursor by one\nmove(1)\n"),
    )

    def check_comments(self, comments: Sequence[Comment], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002
        for comment in comments:
            match = _MARK.search(comment.text)
            if match is not None:
                yield LineSighting(comment.line, f"the comment says `{match[0].strip()}`")

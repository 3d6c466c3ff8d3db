import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.comments import Comment, comments_of
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule, TokenRule
from reviewer.analysis.source import Source
from reviewer.analysis.tokens import Token

_NAME = regex(r"`[\w.()]+`|\b\w*[a-z0-9]_\w+\b|\b[a-z]+[A-Z]\w*\b|\b\d+(?:\.\d+)?\b|\b[A-Z]{2,}[A-Z0-9_]*\b")
_REFERENCE = regex(r"#\d+|https?://|\b(19|20)\d\d\b|\b(PEP|RFC|CVE|ISO|TODO|FIXME|XXX|NOTE|noqa|type|pragma|pylint)\b")
_FURTHEST = 4


class CommentCodeMismatch(ModuleRule, TokenRule):
    """The code under a comment changed, and the comment still names what is gone from it.

    Why look: the next reader believes the comment.
    Ask: is the comment still true?
    """

    informs = "readability"
    severity = Severity.INFO
    languages = frozenset(
        {"javascript", "typescript", "go", "java", "kotlin", "csharp", "php", "ruby", "bash", "sql", "yaml", "docker"}
    )

    INVALID = (
        Example("# Retry 3 times\nretry(5)\n", before="# Retry 3 times\nretry(3)\n"),
        Example("# max_age is in days\nkeep(max_hours)\n", before="# max_age is in days\nkeep(max_age)\n"),
        Example("wait(30)  # 10 seconds\n", before="wait(10)  # 10 seconds\n"),
        Example("// at most 100 rows\nload(500);\n", path="shop/a.js", before="// at most 100 rows\nload(100);\n"),
    )
    VALID = (
        Example("# Retry 5 times\nretry(5)\n", before="# Retry 3 times\nretry(3)\n"),
        Example("# Retry 3 times\nretry(3, slow)\n", before="# Retry 3 times\nretry(3)\n"),
        Example("# Be patient\nretry(5)\n", before="# Be patient\nretry(3)\n"),
        Example("# See issue #3\nretry(5)\n", before="# See issue #3\nretry(3)\n"),
        Example("# Retry 3 times\nretry(5)\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - comments do
        if file.removed and any("#" in "".join(file.lines[max(0, line - 2) : line]) for line in file.added):
            yield from _mismatches(file)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - same
        yield from _mismatches(file)


def _mismatches(file: ChangedFile) -> Iterator[LineSighting]:
    if file.old_text is None:
        return
    old = file.before
    kept = [line for line in range(1, len(old.lines) + 1) if line not in file.removed]
    added = sorted(file.added)
    trailing = {comment.words: comment.line for comment in _comments(old) if not comment.is_alone}
    for comment in _comments(file):
        if _REFERENCE.search(comment.text):
            continue
        if not comment.is_alone and comment.line in file.added and trailing.get(comment.words) in file.removed:
            before = old.lines[trailing[comment.words] - 1]
            yield from _compared(comment, before, file.lines[comment.line - 1], comment.line)
        elif comment.is_alone and comment.line not in file.added and comment.line + 1 in file.added:
            place = comment.line - bisect_left(added, comment.line) - 1
            if place < len(kept):
                was, now = _run(old, kept[place] + 1), _run(file, comment.line + 1)
                yield from _compared(comment, was, now, comment.line + 1)


def _comments(file: ChangedFile) -> Iterator[Comment]:
    """Yield the comments on or above changed lines; in Python by their looks, for a parse would cost too much."""
    if not file.is_python:
        yield from comments_of(file)
        return
    for line in sorted(file.added | {line - 1 for line in file.added if line > 1}):
        code, mark, text = file.lines[line - 1].partition("#")
        if mark and (not code.strip() or code.endswith("  ")):
            yield Comment(line, mark + text, not code.strip())


def _run(file: ChangedFile, first: int) -> str:
    """Return the changed lines of one side that stand directly under the comment."""
    lines = []
    for line in range(first, min(first + _FURTHEST, len(file.lines) + 1)):
        if line not in file.added:
            break
        lines.append(file.lines[line - 1])
    return "\n".join(lines)


def _compared(comment: Comment, was: str, now: str, line: int) -> Iterator[LineSighting]:
    code_was, code_now = (text.replace(comment.text, "") for text in (was, now))
    for name in dict.fromkeys(match.strip("`()") for match in _NAME.findall(comment.words)):
        whole = regex(rf"(?<![\w.]){re.escape(name)}(?![\w.])")
        if whole.search(code_was) and not whole.search(code_now) and code_now.strip():
            yield LineSighting(line, f"the comment still speaks of `{name}`, which is gone from the code")
            return

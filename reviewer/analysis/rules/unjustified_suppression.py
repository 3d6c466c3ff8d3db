import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.comments import Comment
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import CommentRule, Example, LineSighting


@dataclass(frozen=True, slots=True)
class _Suppression:
    """`mark` is the comment that silences a tool, `codes` what may follow it to name the rules it silences."""

    mark: re.Pattern[str]
    codes: re.Pattern[str]


def _made(mark: str, codes: str) -> _Suppression:
    return _Suppression(regex(mark), regex(codes))


_SUPPRESSIONS = (
    _made(r"#\s*(flake8|ruff)\s*:\s*noqa\b", r"\s*:\s*([A-Za-z]+\d*|\d{3})"),
    _made(r"#\s*(?i:noqa)\b", r"\s*:\s*([A-Za-z]+\d*|\d{3})"),
    _made(r"#\s*(type|pyright|mypy|ty)\s*:\s*ignore(-errors)?\b", r"\s*\[[\w\-, ]+\]"),
    _made(r"#\s*nosec\b", r"[\s:]*B\d+"),
    _made(r"(#|//)\s*nosemgrep\b", r"\s*:\s*\S+"),
    _made(r"#\s*pylint\s*:\s*(disable(-next|-line)?\s*=\s*all\b|skip-file)", r"(?!)"),
    _made(r"/[/*]\s*eslint-disable(-next-line|-line)?\b", r"\s+[a-z@][\w@/\-]+"),
    _made(r"/[/*]\s*@ts-(ignore|nocheck|expect-error)\b", r"(?!)"),
    _made(r"//\s*nolint\b", r"\s*:\s*\w+"),
    _made(r"//\s*NOLINT(NEXTLINE|BEGIN)?\b", r"\s*\([\w\-.,* ]+\)"),
    _made(r"(#|//)\s*(tslint|jshint|jscs)\s*:\s*disable(-next-line)?\b", r"\s*:\s*\S+|=\S+"),
    _made(r"(//|#)\s*NOSONAR\b", r"\([\w:, ]+\)"),
    _made(r"//\s*phpcs:ignore\b", r"\s+\w+\.\S+"),
    _made(r"#\s*rubocop:disable\s+all\b", r"(?!)"),
    _made(r"#\s*shellcheck\s+disable=all\b", r"(?!)"),
)
_SECURITY = regex(r"#\s*nosec[\s:]+B\d+|noqa\s*:\s*[^#]*\bS\d{3}\b|nosemgrep\s*:")
_TYPING = regex(r"(type|pyright|mypy|ty)\s*:")
_IMPORT = regex(r"\s*(from|import)\s")
_REASON = regex(r"[A-Za-z]{2,}\W+[A-Za-z]{2,}|#\d+|https?://|\b[A-Z]+-\d+")


class UnjustifiedSuppression(CommentRule):
    """A comment silences a checker without naming the rule or the reason.

    Why look: it hides whatever else is or will be wrong on that line.
    Ask: which warning was in the way, and why is it wrong here?
    """

    informs = "readability"
    severity = Severity.MEDIUM
    words = (
        "noqa", "NOQA", "ignore", "nosec", "nosemgrep", "disable", "skip-file", "@ts-", "nolint", "NOLINT", "NOSONAR",
    )  # fmt: skip

    INVALID = (
        Example("total = load()  # type: ignore\n"),
        Example("from shop import *  # noqa\n"),
        Example("run(command)  # nosec\n"),
        Example("# pylint: disable=all\ntotal = load()\n"),
        Example("# flake8: noqa\ntotal = load()\n"),
        Example("// eslint-disable-next-line\nload();\n", path="shop/load.js"),
        Example("// @ts-ignore\nload();\n", path="shop/load.ts"),
        Example("load() //nolint\n", path="shop/load.go"),
    )
    VALID = (
        Example("total = load()  # type: ignore[no-untyped-call]\n"),
        Example("from shop import *  # noqa: F403\n"),
        Example("from shop import *  # noqa - the public names are these\n"),
        Example("# pylint: disable=too-many-arguments\ntotal = load()\n"),
        Example("// eslint-disable-next-line no-console\nload();\n", path="shop/load.js"),
        Example("// @ts-ignore the library has no types yet\nload();\n", path="shop/load.ts"),
        Example("load() //nolint:errcheck\n", path="shop/load.go"),
        Example("# The type: ignore comments are checked\ntotal = load()\n"),
        Example("total = load()  # type: ignore\n", path="tests/test_orders.py"),
    )

    def check_comments(self, comments: Sequence[Comment], file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test:
            return
        # Where bare ones are the custom, one more is no surprise; and one loud word a file is enough.
        is_custom = sum(_bare_mark(comment) is not None for comment in comments if comment.line not in file.added) > 1
        for comment in comments:
            if comment.line not in file.added:
                continue
            mark = _bare_mark(comment)
            if mark is not None:
                is_typing = _TYPING.match(mark) is not None
                if is_typing and file.suffix == ".pyi":
                    continue
                is_quiet = is_typing and (is_custom or _IMPORT.match(file.lines[comment.line - 1]))
                severity = Severity.INFO if is_quiet else Severity.MEDIUM
                yield LineSighting(comment.line, f"`{mark}` names neither rule nor reason", severity)
                is_custom = True
            elif _SECURITY.search(comment.text) and not _has_reason(comment.text, _SECURITY):
                yield LineSighting(comment.line, "a security warning is silenced without a reason", Severity.INFO)


def _bare_mark(comment: Comment) -> str | None:
    for suppression in _SUPPRESSIONS:
        match = suppression.mark.match(comment.text) or (
            suppression.mark.search(comment.text) if not comment.is_alone else None
        )
        if match is None:
            continue
        rest = comment.text[match.end() :]
        if suppression.codes.match(rest) or _REASON.search(_without_marks(rest)):
            return None
        return match[0].lstrip("#/* ")
    return None


def _has_reason(text: str, mark: re.Pattern[str]) -> bool:
    return _REASON.search(_without_marks(mark.sub("", text))) is not None


def _without_marks(text: str) -> str:
    for suppression in _SUPPRESSIONS:
        text = suppression.mark.sub("", text)
    return re.sub(r"\bpragma: ?no ?(cover|branch)\b|fmt: ?\w+|isort: ?\w+", "", text)

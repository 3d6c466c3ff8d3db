"""Words that protect code in languages other than Python, on lines that a change took away."""

import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.comments import comments_of
from reviewer.analysis.regex import regex

_BLOCK = 8
_FOREIGN = regex(
    r"@(PreAuthorize|Secured|RolesAllowed|Valid|Validated|Transactional|Authorize)\b|"
    r"\b(authenticate|authori[sz]e|require(Auth|Login|Admin|Role|User|Permission)\w*|is(Authenticated|Admin|"
    r"Authori[sz]ed)|"
    r"ensure\w+|csrf\w*|helmet|rateLimit\w*|saniti[sz]e\w*|escape\w*|encodeURIComponent|DOMPurify|validat(e|or)\w*|"
    r"verify\w*|timingSafeEqual|AbortSignal|rejectUnauthorized|HTMLEscapeString|EscapeString|QueryEscape|WithTimeout|"
    r"synchronized|Lock|Unlock|RLock|RUnlock|rollback|Rollback|has(Role|Permission|Access)\w*|can[A-Z]\w+|"
    r"checkPermission\w*|"
    r"limit|LIMIT|signal|timeout|htmlspecialchars|throw|panic|raise)\b|err != nil"
)
_FOREIGN_SECURE = regex(
    r"auth|admin|csrf|helmet|saniti|escape|encodeURI|purify|verify|timingSafe|role|permission", re.IGNORECASE
)


def words_removed(file: ChangedFile) -> Iterator[tuple[int, str, bool]]:
    """Yield the removed lines that protected what is still there: line, word, and whether it kept people out."""
    lines = file.before.lines
    remarks = {comment.line for comment in comments_of(file.before) if comment.is_alone}
    for run in _runs(sorted(file.removed - remarks)):
        for line in run:
            match = _FOREIGN.search(lines[line - 1]) or _check_that_leaves(line, run, lines)
            if match is not None and not _is_whole_block(run, file):
                yield line, match[0], _FOREIGN_SECURE.search(match[0]) is not None


def _check_that_leaves(line: int, run: Sequence[int], lines: Sequence[str]) -> re.Match[str] | None:
    """Return the head of an `if` that was removed with the `return` under it, or of a removed `catch`."""
    match = re.search(r"if ?\(.+\)|catch ?(\(\w+\))?", lines[line - 1])
    body = lines[line - 1] + (lines[line] if line + 1 in run else "")
    is_leaving = re.search(r"\b(return|continue|break)\b", body) is not None
    return match if match is not None and (is_leaving or match[0].startswith("catch")) else None


def _runs(lines: Sequence[int]) -> Iterator[list[int]]:
    run: list[int] = []
    for line in lines:
        if run and line != run[-1] + 1:
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _is_whole_block(run: Sequence[int], file: ChangedFile) -> bool:
    """True if so much went away that the protected code went with it."""
    text = "\n".join(file.before.lines[line - 1] for line in run)
    return len(run) > _BLOCK or re.search(r"\b(function|func|class|import|require)\b", text) is not None

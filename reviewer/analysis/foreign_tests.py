"""What turns tests off, or lets them prove less, where no Python is read: other languages, and how tests are run."""

import re
from collections import Counter
from collections.abc import Iterator

from reviewer.analysis.assertions import shortened
from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.languages import language_of
from reviewer.analysis.regex import regex
from reviewer.analysis.twins import place_of

_Fault = tuple[int, str, Severity | None]
_SPACE = regex(r"\s+")
_LITERAL = regex(r"""'[^']*'|"[^"]*"|`[^`]*`|-?\b\d[\d.]*\b|\b(true|false|null|undefined)\b""")
_OFF = regex(
    r"(?<![\w.])(it|test|describe|context|suite)\.(skip|only|todo|fixme|failing)\b|"
    r"(?<![\w.])(xit|xdescribe|xtest|fit|fdescribe)\s*\(|"
    r"\bt\.Skip(Now|f)?\(|@(Ignore|Disabled)\b|\[Ignore\b"
)
_SPEAKS_OF_TESTS = frozenset({"javascript", "typescript", "java", "kotlin"})
_NEW_OFF = regex(
    r"(?<![\w.])(?P<only>(?:it|test|describe|context|suite|fixture|specify)(?:\.concurrent)?\.only\b"
    r"|(?:fit|fdescribe|ftest)\s*\()|"
    r"(?<![\w.])(?:it|test|describe|context|suite|specify)\.skip\s*[(.]|(?<![\w.])(?:xit|xdescribe|xtest"
    r"|xcontext)\s*\(|"
    r"(?<!\w)@(?:Ignore|Disabled)\s*$"
)
_CHECK = regex(r"\b(expect|assert\w*|should|t\.(Error|Fatal)f?|require\.\w+)\s*[.(]")
_WEAK_MATCHER = regex(
    r"\.(toBeDefined|toBeTruthy|toBeFalsy|not\.toThrow|toBeInstanceOf|toHaveBeenCalled)\(\)|"
    r"toBe\(true\)\s*;?$|expect\.anything"
)
_LOOSE_RUN = regex(
    r"--deselect|--ignore[= ]\S*test|-k ['\"]?not |continue-on-error: *true|"
    r"(pytest|npm test|go test|tox)\b.*\|\| *true"
)


def loosened_runs(file: ChangedFile) -> Iterator[_Fault]:
    """Yield what lets a run pass although tests fail."""
    for line in sorted(file.added):
        match = _LOOSE_RUN.search(file.lines[line - 1])
        if match is not None and not file.lines[line - 1].lstrip().startswith("#"):
            yield line, f"`{match[0].strip()}` lets failing tests pass", Severity.MEDIUM


def born_off(file: ChangedFile) -> Iterator[_Fault]:
    """Yield what keeps tests of a new file from running; one alone of its kind may be there for another machine."""
    if file.is_python or language_of(file) not in _SPEAKS_OF_TESTS:
        return
    for line in sorted(file.added):
        text = file.lines[line - 1]
        match = _NEW_OFF.search(text)
        if match is None or text.lstrip().startswith(("//", "*", "/*")):
            continue
        is_only = match["only"] is not None
        what = "keeps all other tests of this file from running" if is_only else "turns a new test off"
        severity = Severity.HIGH if is_only else Severity.MEDIUM
        yield line, f"`{match[0].strip('( ')}` {what}", severity


def weakened(file: ChangedFile) -> Iterator[_Fault]:
    """Yield what turns off tests of a changed file, and the first assertion that is gone or proves less."""
    yield from _turned_off(file)
    yield from _proving_less(file)


def _turned_off(file: ChangedFile) -> Iterator[_Fault]:
    old = file.before.lines
    was = Counter(match[0] for line in file.removed if (match := _OFF.search(old[line - 1])))
    for line in sorted(file.added):
        match = _OFF.search(file.lines[line - 1])
        if match is not None:
            was[match[0]] -= 1
            if was[match[0]] < 0:
                yield line, f"`{match[0].strip('( ')}` turns tests off", None


def _proving_less(file: ChangedFile) -> Iterator[_Fault]:
    old = file.before.lines
    gone = [line for line in sorted(file.removed) if _CHECK.search(old[line - 1])]
    came = [line for line in sorted(file.added) if _CHECK.search(file.lines[line - 1])]
    titles = [line for line in file.removed if re.search(r"\b(it|test|describe|func Test)\b", old[line - 1])]
    kept = {_SPACE.sub("", file.lines[line - 1]) for line in came}
    weak = [line for line in came if _WEAK_MATCHER.search(file.lines[line - 1])]
    strong = [
        line for line in gone if not _WEAK_MATCHER.search(old[line - 1]) and _SPACE.sub("", old[line - 1]) not in kept
    ]
    if weak and strong and len(came) <= len(gone):
        yield weak[0], f"`{shortened(file.lines[weak[0] - 1].strip())}` proves less than before", None
    elif len(came) == len(gone) and came and (changed := _values_changed(gone, came, file)):
        yield changed, "the expected value changed", Severity.LOW
    elif len(came) < len(gone) and strong and not titles:
        yield place_of(file, strong[0]), f"`{shortened(old[strong[0] - 1].strip())}` is no longer asserted", None


def _values_changed(gone: list[int], came: list[int], file: ChangedFile) -> int:
    """Return the first line that differs from the one it replaces by nothing but its last literal; 0 if none does."""
    for old, new in zip(gone, came, strict=True):
        before, now = file.before.lines[old - 1].strip(), file.lines[new - 1].strip()
        if before != now and _LITERAL.sub("0", before) == _LITERAL.sub("0", now):
            return new
    return 0

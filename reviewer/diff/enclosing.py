"""What a line stands in: the definitions around it, guessed from the indentation of the lines above it. Pure."""

import re
from collections.abc import Iterable, Sequence

from reviewer.diff.model import Line, LineKind

_WORDS_BEFORE = (
    rb"export|default|public|private|protected|internal|static|async|abstract|final|override|inline|virtual|unsafe|"
    rb"extern|declare|pub(?:\([\w: ]+\))?|const"
)
_DEFINES = (
    rb"def|class|func|function|fn|impl|trait|struct|enum|interface|module|namespace|package|sub|proc|object|record|"
    rb"macro_rules!|type|describe|context|it|test|CREATE"
)
_DEFINITION = re.compile(rb"\s*(?:(?:" + _WORDS_BEFORE + rb")\s+)*(?:" + _DEFINES + rb")\b[^;]*$")
# A function of C and its kin: a name with parameters, and what follows opens a block.
_CALLABLE = re.compile(rb"\s*[\w$][\w\s$*&<>,:\[\].~?]*\([^;]*\)[^;]*\{\s*$")
_NOT_CALLABLE = re.compile(rb"\s*(?:\}\s*)?(?:if|else|for|while|switch|catch|with|do|return|elif|unless|until|match)\b")
_CLOSING = (b")", b"]", b"}")
_LONGEST = 400
_TAB = 8


def enclosing(above: Iterable[Line], line: Line, section: bytes) -> tuple[bytes, ...]:
    """Return the definitions around a line, the outermost first, each without the blanks around it.

    `above` are the lines of its hunk before it, the nearest first; `section` is what git says the hunk begins in.
    """
    other = LineKind.ADDED if line.kind is LineKind.REMOVED else LineKind.REMOVED
    depth = _depth(line.text)
    found: list[bytes] = []
    for each in above:
        if depth == 0:
            break
        indent = _depth(each.text) if each.kind is not other else None
        # A bracket that closes belongs to what began above it.
        if indent is None or (depth is not None and indent >= depth) or each.text.lstrip()[:1] in _CLOSING:
            continue
        depth = indent
        if _is_definition(each.text):
            found.append(each.text.strip())
    # Not even a blank line's surroundings are known: it may be anywhere.
    if depth != 0 and section.strip():
        found.append(section.strip())
    return tuple(reversed(found))


def headline(definitions: Sequence[bytes]) -> bytes:
    """Return the definitions in one line, without the signs that end each."""
    return " › ".encode().join(text.rstrip(b" \t{:(").strip() for text in definitions)


def _depth(text: bytes) -> int | None:
    """Return how far a line is indented; None for a blank one, and for what no programmer indented."""
    if len(text) > _LONGEST or not text.strip():
        return None
    return len(text.expandtabs(_TAB)) - len(text.expandtabs(_TAB).lstrip())


def _is_definition(text: bytes) -> bool:
    if _DEFINITION.match(text):
        return True
    return text.rstrip().endswith(b"{") and not _NOT_CALLABLE.match(text) and _CALLABLE.match(text) is not None

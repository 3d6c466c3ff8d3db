"""The file names in the headers of a patch file, where git's unambiguous records do not exist.

Whatever names a header gives must agree with each other; a name is never guessed from half of them.
"""

import re

from reviewer.diff.parse import Section

_GIT = b"diff --git "
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_QUOTED = re.compile(rb'"(?:[^"\\]|\\[0-3][0-7]{2}|\\["\\abfnrtv])*"')
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
# Git's default, and those of `diff.mnemonicPrefix`; `git diff -R` swaps them.
_PREFIXES = {
    frozenset(pair) for pair in ((b"a/", b"b/"), (b"i/", b"w/"), (b"c/", b"i/"), (b"c/", b"w/"), (b"o/", b"w/"))
}
# It begins where the blanks do: else a line of nothing but blanks takes the square of its length.
_TIME = re.compile(rb"(?<![ \t])[ \t]++(\d{4}-\d\d-\d\d)[ T]\d\d:\d\d(:\d\d)?[\d.]*( ?[+-]\d{4}|Z)?$")
# `diff -N` gives a missing file the time 0, in whatever time zone.
_NEVER = (b"1970-01-01", b"1969-12-31")

Names = tuple[bytes | None, bytes | None]


def names_of(section: Section) -> Names | None:
    """Return the old and the new name, None for the side that does not exist.

    None instead of the pair if the header does not tell, or contradicts itself.
    """
    is_git = section.header[0].startswith(_GIT)
    names = _git_names(section, section.header[0][len(_GIT) :]) if is_git else _plain_names(section)
    if names is None or names == (None, None):
        return None
    return None if any(name is not None and (not name or b"\0" in name) for name in names) else names


def _git_names(section: Section, pair: bytes) -> Names | None:
    minus, plus = section.header_value(b"--- "), section.header_value(b"+++ ")
    moves = [
        (section.header_value(verb + b" from "), section.header_value(verb + b" to ")) for verb in (b"rename", b"copy")
    ]
    moved = [move for move in moves if move != (None, None)]
    if moved:
        return _moved_names(pair, moved, minus, plus)
    if minus is not None and plus is not None:
        return _shown_names(pair, _token(minus), _token(plus))
    if minus is not None or plus is not None:
        return None
    halves = _halves(pair)
    names = _bare(*halves) if halves is not None else None
    return names if names is not None and names[0] == names[1] else None


def _moved_names(
    pair: bytes, moved: list[tuple[bytes | None, bytes | None]], minus: bytes | None, plus: bytes | None
) -> Names | None:
    source, target = moved[0]
    if len(moved) > 1 or source is None or target is None:
        return None
    for name, shown in ((source, minus), (target, plus)):
        # The prefix stands inside the quotes.
        tail = name.removeprefix(b'"')
        if tail not in pair or (shown is not None and not _token(shown).endswith(tail)):
            return None
    old, new = _unquoted(source), _unquoted(target)
    return None if old is None or new is None else (old, new)


def _shown_names(pair: bytes, minus: bytes, plus: bytes) -> Names | None:
    """Return the names of `---` and `+++` if the line above says the same of them."""
    old_is_missing, new_is_missing = minus == b"/dev/null", plus == b"/dev/null"
    if old_is_missing and new_is_missing:
        return None
    if old_is_missing:
        minus = pair.removesuffix(b" " + plus)
    elif new_is_missing:
        plus = pair.removeprefix(minus + b" ")
    old, new = _unquoted(minus), _unquoted(plus)
    if pair != minus + b" " + plus or old is None or new is None:
        return None
    names = _bare(old, new)
    if (old_is_missing or new_is_missing) and names[0] != names[1]:
        return None
    return None if old_is_missing else names[0], None if new_is_missing else names[1]


def _plain_names(section: Section) -> Names | None:
    lines = section.header_value(b"--- ") or b"", section.header_value(b"+++ ") or b""
    old, new = (_unquoted(_TIME.sub(b"", _token(line))) for line in lines)
    if old is None or new is None:
        return None
    if b"/dev/null" in (old, new):
        return _bare_half(old, b"a/"), _bare_half(new, b"b/")
    name = _bare(old, new)[1]
    is_old_missing, is_new_missing = (_is_never(line) for line in lines)
    return None if is_old_missing else name, None if is_new_missing else name


def _is_never(line: bytes) -> bool:
    time = _TIME.search(line)
    return time is not None and time[1] in _NEVER


def _bare_half(name: bytes, prefix: bytes) -> bytes | None:
    return None if name == b"/dev/null" else name.removeprefix(prefix)


def _bare(old: bytes, new: bytes) -> tuple[bytes, bytes]:
    """Return the names without their prefixes: a pair git uses, or two folders with the same file in them."""
    if frozenset((old[:2], new[:2])) in _PREFIXES:
        return old[2:], new[2:]
    if old == new:
        return old, new
    old_tail, new_tail = old.partition(b"/")[2], new.partition(b"/")[2]
    return (old_tail, new_tail) if old_tail and old_tail == new_tail else (old, new)


def _token(line: bytes) -> bytes:
    """Return the name on a `---` or `+++` line; `diff -u` puts a time after a tab, git a bare tab after a blank."""
    quoted = _QUOTED.match(line)
    return quoted.group() if quoted else line.split(b"\t")[0]


def _halves(pair: bytes) -> tuple[bytes, bytes] | None:
    """Return both names of `a/NAME b/NAME`: without a rename they are equally long."""
    middle = len(pair) // 2
    if pair[middle : middle + 1] != b" " or len(pair) % 2 == 0:
        return None
    old, new = _unquoted(pair[:middle]), _unquoted(pair[middle + 1 :])
    return None if old is None or new is None else (old, new)


def _unquoted(name: bytes) -> bytes | None:
    """Undo git's C-style quoting; an octal escape is one byte, not one character. None if it is broken."""
    if not name.startswith(b'"'):
        return name
    if _QUOTED.fullmatch(name) is None:
        return None

    def plain(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8)]) if len(code) == 3 else _ESCAPES.get(code, code)

    return _ESCAPE.sub(plain, name[1:-1])

"""A YAML file as its keys and values, line by line: enough to ask what stands under which key.

Reads what people write in CI, compose and cluster files. A value in brackets stays one text, and so does one in
braces, whose keys are read besides. What it cannot read it leaves out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from reviewer.analysis.change import LARGEST_TEXT, ChangedFile
from reviewer.analysis.regex import regex

_DASH = regex(r"-(?:\s+|$)")
_KEY = regex(r"""("[^"]*"\s*|'[^']*'\s*|[^\s"'\[\]{}#,&!|>%@`:][^#:]*+):(?:\s+(.*)|$)""")
_BLOCK = regex(r"[|>][-+0-9]*")
_COMMENT = regex(r"(?:^|\s)#.*")
_QUOTED = regex(r""""(?:[^"\\]|\\.)*"|'[^']*'""")
_ITEM = regex(r"\d+")
_PAIR = regex(
    r"""\s*["']?([\w./-]{1,80})["']?\s*:\s+"""
    r"""("[^"]{0,200}"|'[^']{0,200}'|\[[^\[\]{}]{0,200}\]|[^,{}\[\]]{0,200}?)\s*(?:,|$)"""
)
# Nobody writes more dashes on one line.
_MOST_DASHES = 5


@dataclass(slots=True)
class Entry:
    """`keys` lead to the value, an item of a list by its number; `lines` hold the value's lines with their numbers."""

    line: int
    keys: tuple[str, ...]
    lines: list[tuple[int, str]] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The last key that is a name: for items of a list, the list's."""
        return next((key for key in reversed(self.keys) if not _ITEM.fullmatch(key)), "")

    @property
    def value(self) -> str:
        """The value without its quotes; that of several lines as one."""
        text = " ".join(text for _, text in self.lines).strip()
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text

    @property
    def owner(self) -> tuple[str, ...]:
        """The keys of the mapping or list it belongs to."""
        return self.keys[:-1]


@lru_cache(maxsize=4)
def entries_of(file: ChangedFile) -> Sequence[Entry]:
    """Return the file's entries in order; the last few files are remembered."""
    if file.new_text is None or len(file.new_text) > LARGEST_TEXT:
        return ()
    return tuple(_read(file.lines))


def _read(lines: Sequence[str]) -> Iterator[Entry]:
    stack: list[tuple[int, str]] = []
    counts: dict[tuple[str, ...], int] = {}
    last: Entry | None = None
    block: int | None = None
    document = 0
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip(" "))
        text = line.strip()
        if block is not None and last is not None and (indent > block or not text):
            last.lines.append((number, line[block:]))
            continue
        block = None
        text = _without_comment(text)
        if not text:
            continue
        if text in ("---", "..."):
            stack, document = [], document + 1
            continue
        opened = _open_items(stack, counts, indent, text, document)
        indent, text = opened
        key = _KEY.fullmatch(text)
        if key is None and last is not None and not line.lstrip(" ").startswith("-"):
            last.lines.append((number, text))
            continue
        if key is not None:
            while stack and stack[-1][0] >= indent:
                stack.pop()
            stack.append((indent, key[1].strip().strip("\"'")))
            text = key[2] or ""
        last = Entry(number, tuple(name for _, name in stack))
        if _BLOCK.fullmatch(text):
            block = indent if key is not None else max(0, indent - 1)
        elif text:
            last.lines.append((number, text))
        yield last
        yield from _in_braces(last, number, text)


def _in_braces(owner: Entry, number: int, text: str) -> Iterator[Entry]:
    """Yield the keys of `{name: value}`, written on one line without braces inside."""
    if text[:1] != "{" or text[-1:] != "}" or text.startswith("{{"):
        return
    for pair in _PAIR.finditer(text, 1, len(text) - 1):
        yield Entry(number, (*owner.keys, pair[1]), [(number, pair[2])] if pair[2] else [])


def _open_items(
    stack: list[tuple[int, str]], counts: dict[tuple[str, ...], int], indent: int, text: str, document: int
) -> tuple[int, str]:
    """Enter the items of lists that a line begins; return where what is left of the line stands, and that."""
    for _ in range(_MOST_DASHES):
        dash = _DASH.match(text)
        if dash is None:
            break
        while stack and (stack[-1][0] > indent or (stack[-1][0] == indent and _ITEM.fullmatch(stack[-1][1]))):
            stack.pop()
        path = (str(document), *(name for _, name in stack))
        counts[path] = counts.get(path, -1) + 1
        stack.append((indent, str(counts[path])))
        text = text[dash.end() :]
        indent += dash.end()
    return indent, text


def _without_comment(text: str) -> str:
    if "#" not in text:
        return text
    hidden = _QUOTED.sub(lambda match: "x" * len(match[0]), text)
    comment = _COMMENT.search(hidden)
    return text[: comment.start()].rstrip() if comment is not None else text

"""The first screen as the interface will draw it, from the beginning of a patch. Pure.

Text and places are those of the interface's own first frame, which follows; colours are the terminal's own.
"""

_TREE = 34
_PANEL = 46
_MAP = 2
_WIDTH_WITH_TREE = 100
_WIDTH_WITH_SIDE_PANEL = 150
_LEAST_DIGITS = 3
# The place line, and the bar of the first file.
_HEADER_ROWS = 2
_TAB = 8
_LONGEST_LINE = 1_000
_LONGEST_HEADER = 100
_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", " ": "", "": "\x1b[1m"}
_PLAIN = "\x1b[0m"

# What git quotes, renames or calls binary, and a second file before the first hunk: more than a few lines can tell.
_ODD = (b"rename", b"copy", b"Binary", b'--- "', b'+++ "', b"diff --git ")

# The sign before a line, "" for a header; then the text.
Row = tuple[str, str]


def frame(patch: bytes, label: str, width: int, height: int, *, has_colour: bool) -> str | None:
    """Return what draws the first screen of so many cells; None if the patch does not begin with lines to read."""
    rows = _rows(patch, height)
    if rows is None:
        return None
    left = _TREE if width >= _WIDTH_WITH_TREE else 0
    room = width - left - _MAP - (_PANEL if width >= _WIDTH_WITH_SIDE_PANEL else 0)
    drawn = [f"\x1b[H\x1b[2J\x1b[1m {_cut(label, width - 26)} {_PLAIN}  opening the review…"]
    for y, (sign, text) in enumerate(rows[: height - 2], 2):
        colour = _COLOURS[sign] if has_colour else ""
        drawn.append(f"\x1b[{y};{left + 1}H{colour}{_cut(text, room)}{_PLAIN}")
    return "".join(drawn)


def _rows(patch: bytes, height: int) -> list[Row] | None:
    """Return the rows of the first file, as far as they are on the screen."""
    start = patch.find(b"\n@@ ")
    head = patch[:start].split(b"\n")
    names = [line[6:] for line in head if line.startswith((b"--- a/", b"+++ b/"))]
    is_odd = any(line.startswith(_ODD) for line in head[1:])
    if start < 0 or not names or is_odd or not patch.startswith(b"diff --git "):
        return None
    name = shown(names[-1])
    rows = [("", f" {name}"), ("", f"  ○ {name}")]
    digits, bar = _digits(patch[start:]), "▌"
    old = new = left_old = left_new = 0
    is_first = True
    for line in patch[start + 1 :].split(b"\n", height)[:height]:
        kind = chr(line[0]) if line else ""
        if not left_old and not left_new:
            header = _header(line)
            if header is None:
                break
            old, left_old, new, left_new, section = header
            bar = "▌" if len(rows) == _HEADER_ROWS else " "
            rows.append(("", f"{bar} [ ]  @@ -{old},{left_old} +{new},{left_new} @@  {shown(section)}"))
        elif kind in "+- " and kind:
            is_cursor = is_first and kind != " "
            is_first = is_first and not is_cursor
            numbers = f"{str(old if kind != '+' else '').rjust(digits)} {str(new if kind != '-' else '').rjust(digits)}"
            rows.append((kind, f"{'▶' if is_cursor else bar} {numbers} {kind} {shown(line[1:])}"))
            old, left_old = (old, left_old) if kind == "+" else (old + 1, left_old - 1)
            new, left_new = (new, left_new) if kind == "-" else (new + 1, left_new - 1)
        elif kind != "\\":
            return None
    return rows


def _digits(patch: bytes) -> int:
    """Return how wide line numbers are, by all hunks there are so far."""
    headers = (_header(b"@@ -" + part[:_LONGEST_HEADER]) for part in patch.split(b"\n@@ -")[1:])
    ends = (max(header[0] + header[1], header[2] + header[3]) for header in headers if header is not None)
    return max(_LEAST_DIGITS, len(str(max(ends, default=0))))


def _header(line: bytes) -> tuple[int, int, int, int, bytes] | None:
    """Return old start and count, new start and count, and the section of a hunk's header."""
    parts = line.split(b" ", 4)
    if len(parts) < 4 or parts[0] != b"@@" or not parts[3].startswith(b"@@"):
        return None
    try:
        (old, old_count), (new, new_count) = (
            [int(number) for number in (*part[1:].split(b",", 1), b"1")[:2]] for part in parts[1:3]
        )
    except ValueError:
        return None
    return old, old_count, new, new_count, parts[4] if len(parts) > 4 else b""


def shown(text: bytes) -> str:
    """Return foreign text as it may be drawn, tabs widened."""
    if text.isascii() and text.replace(b"\t", b"").decode("ascii").isprintable():
        return text.decode("ascii").expandtabs(_TAB)
    from reviewer.visible import show

    return show(text[:_LONGEST_LINE]).expandtabs(_TAB)


def _cut(text: str, room: int) -> str:
    """Return as much as fits into so many cells."""
    if text.isascii():
        return text[: max(0, room)]
    from unicodedata import combining, east_asian_width

    cells = 0
    for at, char in enumerate(text):
        cells += 0 if combining(char) else 1 + (east_asian_width(char) in "WF")
        if cells > room:
            return text[:at]
    return text

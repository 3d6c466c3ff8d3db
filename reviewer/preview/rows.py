"""The rows of the first file, from the beginning of a patch. Pure.

Text and numbers are those of the interface's own stream, which follows; what takes more to tell gives no rows.
"""

_LEAST_DIGITS = 3
_TAB = 8
_LONGEST_LINE = 1_000
_LONGEST_HEADER = 100

# What git quotes, renames or calls binary, and a second file before the first hunk: more than a few lines can tell.
_ODD = (b"rename", b"copy", b"Binary", b'--- "', b'+++ "', b"diff --git ")

# The sign before a line, "@" for the header of a hunk, "" for that of the file; the hunk; what follows the pointer.
Row = tuple[str, int, str]


def rows_of(patch: bytes, most: int) -> list[Row] | None:
    """Return the header of the first file and up to so many rows; None if no lines to read come first."""
    start = patch.find(b"\n@@ ")
    head = patch[:start].split(b"\n")
    names = [line[6:] for line in head if line.startswith((b"--- a/", b"+++ b/"))]
    is_odd = any(line.startswith(_ODD) for line in head[1:])
    if start < 0 or not names or is_odd or not patch.startswith(b"diff --git "):
        return None
    rows = [("", 0, f" ○ {shown(names[-1])}")]
    digits = _digits(patch[start:])
    hunk = -1
    old = new = left_old = left_new = 0
    for line in patch[start + 1 :].removesuffix(b"\n").split(b"\n", most)[:most]:
        kind = chr(line[0]) if line else ""
        if not left_old and not left_new:
            header = _header(line)
            if header is None:
                break
            old, left_old, new, left_new, section = header
            hunk += 1
            rows.append(("@", hunk, f" [ ]  @@ -{old},{left_old} +{new},{left_new} @@  {shown(section)}"))
        elif kind in "+- " and kind:
            numbers = f"{str(old if kind != '+' else '').rjust(digits)} {str(new if kind != '-' else '').rjust(digits)}"
            rows.append((kind, hunk, f" {numbers} {kind} {shown(line[1:])}"))
            old, left_old = (old, left_old) if kind == "+" else (old + 1, left_old - 1)
            new, left_new = (new, left_new) if kind == "-" else (new + 1, left_new - 1)
        elif kind != "\\":
            return None
    return rows


def first_change(rows: list[Row], hunk: int) -> int | None:
    """Return the row of the first line of a hunk that is added or removed, if it is among them."""
    return next((at for at, (kind, of, _) in enumerate(rows) if of == hunk and kind in ("+", "-")), None)


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

"""Patch files and mails to a Diff: `git diff`, `git format-patch`, plain `diff -u`.

Text before a file's header (a mail, a commit message) is passed over; inside and after a hunk every
line must be accounted for. Of mails that were encoded, errors number the lines as decoded.
"""

import re

from reviewer.diff.header import fault_of, file_of
from reviewer.diff.mails import decoded_mails
from reviewer.diff.model import Diff, FileDiff
from reviewer.diff.parse import GIT_HEADERS, Reader, Section

# After these, text that is no part of a hunk may follow: a mail, a log entry, another tool's header.
_BETWEEN_FILES = (b"From ", b"commit ", b"Index: ", b"diff ", b"Only in ")
_SIGNATURE = b"-- "
# Changes that stand in the text, but not in a form that says all of them.
_REFUSED = (
    (re.compile(rb"diff --(?:cc|combined) "), "a combined diff of a merge; review it against one parent"),
    (re.compile(rb"@@+ -"), "an @@ header without a file"),
    (re.compile(rb"\* Unmerged path "), "an unmerged file; resolve the merge first"),
    (re.compile(rb"Submodule .+ [0-9a-f]{7,64}\.{2,3}[0-9a-f]{7,64}"), "a submodule in words; use --submodule=short"),
    (re.compile(rb"Binary files (?>.+? and ).+ differ"), "a binary file without a header; make the patch with git"),
    (
        re.compile(rb'(?:content-type:.*[ ;]|\s+)format="?flowed', re.IGNORECASE),
        "a mail whose lines were reflowed; decode it with `git mailinfo`",
    ),
)
_BASE85 = re.compile(rb"([A-Za-z])((?:[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{5})+)")
_BINARY_BLOCK = re.compile(rb"(?:literal|delta) \d{1,12}")


def parse_patch_file(patch: bytes, source: str) -> Diff:
    """Return the diff a patch file holds; `source` names it in errors.

    Raises UnreadableDiff where a line cannot be accounted for, or if there is no diff in it.
    """
    reader = Reader(decoded_mails(patch, source), source, blank_is_context=True)
    files: list[FileDiff] = []
    while _seek_header(reader, after_hunk=bool(files) and bool(files[-1].text_hunks)):
        files.append(_file(reader))
    if not files:
        raise reader.error("no diff found")
    return Diff(tuple(files))


def _seek_header(reader: Reader, *, after_hunk: bool) -> bool:
    """Move to the next file header; False at the end.

    Raises UnreadableDiff for a line that looks like a hunk's after the hunk has all its lines.
    """
    while not reader.at_end:
        line = reader.peek()
        if line.startswith(b"diff --git ") or _is_plain_header(reader):
            return True
        for pattern, reason in _REFUSED:
            if pattern.match(line):
                raise reader.error(reason)
        if line.startswith(_BETWEEN_FILES) or line.rstrip(b"\r") == _SIGNATURE:
            after_hunk = False
        if after_hunk and line.startswith((b"+", b"-", b" ", b"\\")):
            raise reader.error("a hunk has more lines than its @@ header promises")
        reader.take()
    return False


def _is_plain_header(reader: Reader) -> bool:
    """True at the `---` line of a plain diff: `+++` and a hunk must follow."""
    if not reader.peek().startswith(b"--- "):
        return False
    end = reader.patch.find(b"\n", reader.position)
    if end < 0 or not reader.patch.startswith(b"+++ ", end + 1):
        return False
    second_end = reader.patch.find(b"\n", end + 1)
    return second_end >= 0 and reader.patch.startswith(b"@@ -", second_end + 1)


def _file(reader: Reader) -> FileDiff:
    start = reader.position
    header = [reader.take().rstrip(b"\r")]
    is_git = header[0].startswith(b"diff --git ")
    if not is_git:
        header.append(reader.take().rstrip(b"\r"))
    is_binary = False
    while is_git and not reader.at_end:
        line = reader.peek().rstrip(b"\r")
        is_without_text = line == b"GIT binary patch" or (
            line.startswith(b"Binary files ") and line.endswith(b" differ")
        )
        if not (is_without_text or line.startswith(GIT_HEADERS)):
            break
        reader.take()
        header.append(line)
        if line == b"GIT binary patch":
            _skip_binary(reader)
        is_binary = is_binary or is_without_text
    section = Section(tuple(header), reader.hunks(), is_binary)
    _check_signature(reader, section)
    reader.check_end()
    fault = fault_of(section)
    if fault is not None:
        raise reader.error(fault, at=start)
    return file_of(section)


def _skip_binary(reader: Reader) -> None:
    """Pass over the two base85 blocks of `git diff --binary`; each ends with an empty line."""
    for block in ("new", "old"):
        if not _BINARY_BLOCK.fullmatch(reader.peek().rstrip(b"\r")):
            if block == "new":
                raise reader.error("a binary patch without content")
            return
        reader.take()
        while line := reader.peek().rstrip(b"\r"):
            if not _is_base85(line):
                raise reader.error("broken binary content")
            reader.take()
        if reader.at_end:
            raise reader.error("the diff ends within binary content")
        reader.take()


def _is_base85(line: bytes) -> bool:
    """True for a line of a binary patch: its first letter says how many bytes the rest encodes."""
    match = _BASE85.fullmatch(line)
    if match is None:
        return False
    letter = match[1][0]
    size = letter - ord("A") + 1 if match[1].isupper() else letter - ord("a") + 27
    return len(match[2]) == -(-size // 4) * 5


def _check_signature(reader: Reader, section: Section) -> None:
    """Raise if a hunk that lost a line took the mail's signature, `-- `, for a removed one."""
    if not section.hunks or not (b"\n" + section.hunks[-1].body).endswith((b"\n-- \n", b"\n-- \r\n")):
        return
    line = reader.peek().rstrip(b"\r")
    if line and not line.startswith((*_BETWEEN_FILES, _SIGNATURE, b"--- ")):
        raise reader.error("a hunk runs into the mail's signature; its @@ header promises too many lines")

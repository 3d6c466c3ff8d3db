import json
from base64 import b64decode, b64encode

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.diff.model import Diff
from reviewer.diff.patchfile import parse_patch_file
from reviewer.reports.diff_json import diff_json
from tests.review.samples import DIFF, EDITS
from tests.scratch import EXECUTABLE, Entry, Scratch


def _told(diff: Diff) -> dict[str, object]:
    told = json.loads("".join(diff_json(diff)))
    assert isinstance(told, dict)
    return told


def _files(diff: Diff) -> list[dict[str, object]]:
    told = _told(diff)
    assert told["schema"] == "reviewer.diff/1"
    files = told["files"]
    assert isinstance(files, list)
    return files


def test_an_empty_diff_has_no_files() -> None:
    assert _told(Diff(())) == {"schema": "reviewer.diff/1", "files": []}


def test_a_file_is_told_with_its_hunks_lines_and_edit_ids() -> None:
    shop, run = _files(DIFF)

    assert shop == {
        "status": "modified", "old_path": "shop.py", "new_path": "shop.py", "old_mode": None, "new_mode": None,
        "binary": False, "added": 3, "removed": 1,
        "hunks": [
            {
                "old_start": 1, "old_count": 2, "new_start": 1, "new_count": 3, "section": "", "edits": [EDITS[0]],
                "lines": [
                    {"kind": " ", "text": "import os"},
                    {"kind": "+", "text": "import sys"},
                    {"kind": " ", "text": "x = 1"},
                ],
            },
            {
                "old_start": 10, "old_count": 3, "new_start": 11, "new_count": 4, "section": "", "edits": [EDITS[1]],
                "lines": [
                    {"kind": " ", "text": "def pay():"},
                    {"kind": "-", "text": "    send(1)"},
                    {"kind": "+", "text": "    send(2)"},
                    {"kind": "+", "text": "    send(3)"},
                    {"kind": " ", "text": "pay()"},
                ],
            },
        ],
    }  # fmt: skip
    assert (run["old_mode"], run["new_mode"], run["hunks"]) == ("100644", "100755", [])


def test_every_kind_of_change_is_told_with_the_path_that_does_not_exist_as_null(scratch: Scratch) -> None:
    text = b"".join(b"line %d\n" % number for number in range(9))
    diff = scratch.diff_of_trees(
        {b"gone": b"x\n", b"from": text, b"image": b"\0a"},
        {b"new": Entry(b"y\n", EXECUTABLE), b"to": text + b"more\n", b"image": b"\0b"},
    )

    told = {(one["status"], one["old_path"], one["new_path"]): one for one in _files(diff)}

    assert set(told) == {
        ("deleted", "gone", None), ("added", None, "new"), ("renamed", "from", "to"), ("modified", "image", "image"),
    }  # fmt: skip
    image = told["modified", "image", "image"]
    assert (image["binary"], image["added"], image["removed"], image["hunks"]) == (True, None, None, [])
    assert told["added", None, "new"]["new_mode"] == "100755"
    assert told["added", None, "new"]["old_mode"] is None


def test_the_last_line_without_a_line_feed_is_told_as_such() -> None:
    diff = parse_patch_file(b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\r\n+b\n\\ No newline at end of file\n", "x")

    (file,) = json.loads("".join(diff_json(diff)))["files"]

    assert file["hunks"][0]["lines"] == [
        {"kind": "-", "text": "a\r"},
        {"kind": "+", "text": "b", "newline": False},
    ]


@settings(deadline=None)
@given(line=st.binary(max_size=30).filter(lambda line: b"\n" not in line), path=st.sampled_from([b"x", b"caf\xe9"]))
def test_bytes_are_told_as_text_where_they_are_and_byte_for_byte_where_not(line: bytes, path: bytes) -> None:
    diff = parse_patch_file(b"--- a/%s\n+++ b/%s\n@@ -0,0 +1 @@\n+%s\n" % (path, path, line), "any")

    document = "".join(diff_json(diff))

    assert document.isascii()
    assert not {"\x1b", "\x07", "\x7f"} & set(document)
    (file,) = json.loads(document)["files"]
    assert _bytes(file["new_path"]) == path
    assert _bytes(file["hunks"][0]["lines"][0]["text"]) == line


def _bytes(told: object) -> bytes:
    if isinstance(told, str):
        return told.encode()
    assert isinstance(told, dict)
    (encoded,) = told.values()
    content = b64decode(encoded)
    assert told == {"b64": b64encode(content).decode()}
    return content

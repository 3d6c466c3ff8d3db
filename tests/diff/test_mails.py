"""Encoded mails say what their patch said before it was encoded; whatever was not encoded stays byte for byte."""

import base64
import quopri
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.diff.mails import decoded_mails
from reviewer.diff.model import Diff
from reviewer.diff.patchfile import parse_patch_file
from reviewer.errors import UnreadableDiff

_FROM = b"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
_HEAD = b"From: Ada <ada@example.org>\nSubject: [PATCH] total = price\n"
_PATCH = (
    b"---\n f | 2 +-\n\ndiff --git a/f b/f\nindex 1234567..89abcde 100644\n--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n"
    b" caf\xc3\xa9 = 1\n-total = 3D\n+total = price * 2  # a line that is longer than the seventy-six signs of a mail\n"
    b"-- \n2.39.5\n"
)
_PLAIN = _FROM + _HEAD + b"\nWhy.\n" + _PATCH


def _encoded(encoding: str, patch: bytes = _PATCH) -> bytes:
    body = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}[encoding](b"Why.\n" + patch)
    kind = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n".encode()
    return _FROM + _HEAD + kind + b"\n" + body + b"\n"


def _facts(diff: Diff) -> list[tuple[bytes, int | None, int | None, list[bytes]]]:
    return [(file.path, file.added, file.removed, [hunk.body for hunk in file.hunks]) for file in diff.files]


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_an_encoded_mail_holds_the_patch_of_the_plain_one(encoding: str) -> None:
    found = parse_patch_file(_encoded(encoding), "a.mbox")

    assert _facts(found) == _facts(parse_patch_file(_PLAIN, "a.mbox"))


def test_each_mail_of_a_box_is_read_by_its_own_encoding() -> None:
    box = _PLAIN + _encoded("base64", _PATCH.replace(b"/f", b"/g")) + _encoded("quoted-printable") + _PLAIN

    found = parse_patch_file(box, "a.mbox")

    assert [file.path for file in found.files] == [b"f", b"g", b"f", b"f"]
    assert decoded_mails(box, "x").startswith(_PLAIN)
    assert decoded_mails(box, "x").endswith(_PLAIN)


def test_a_patch_that_is_attached_is_read() -> None:
    message = EmailMessage()
    message["From"] = "ada@example.org"
    message.set_content("See the patch.\n")
    message.add_attachment(_PATCH, maintype="application", subtype="octet-stream", filename="0001.patch")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="a.png")

    found = parse_patch_file(bytes(message), "a.eml")

    assert _facts(found) == _facts(parse_patch_file(_PLAIN, "a.mbox"))


@pytest.mark.parametrize(
    "text",
    [
        _PLAIN,
        _PATCH + b"\n+Content-Transfer-Encoding: base64\n",
        _FROM + _HEAD + b"\nSet\nContent-Transfer-Encoding: base64\nfor mails.\n" + _PATCH,
        b"",
    ],
)
def test_what_is_not_encoded_stays_byte_for_byte(text: bytes) -> None:
    assert decoded_mails(text, "x") == text


@pytest.mark.parametrize(
    "name",
    ['filename="0001.patch"', "filename=a.DIFF", "filename*=utf-8''r%C3%A9.patch", 'filename="a;b.txt"; size=9',
     "filename*1=.patch; filename*=a"],
)  # fmt: skip
def test_an_attached_patch_is_known_by_any_form_of_its_name(name: str) -> None:
    disposition = f"Content-Disposition: attachment; {name}\n".encode()
    part = b"Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n" + disposition
    mail = _HEAD + b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" + part + b"\n" + base64.encodebytes(_PATCH)

    found = parse_patch_file(_FROM + mail + b"--x--\n", "a.mbox")

    assert _facts(found) == _facts(parse_patch_file(_PLAIN, "a.mbox"))


_UNSIGNED = _PATCH.removesuffix(b"-- \n2.39.5\n")


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
@pytest.mark.parametrize("missing", [1, 4, 20])
def test_an_encoded_mail_that_ends_within_a_line_is_refused(encoding: str, missing: int) -> None:
    cut = _encoded(encoding, _UNSIGNED[:-missing]).rstrip(b"\n")

    with pytest.raises(UnreadableDiff, match="the last line has no line feed and may be cut off"):
        parse_patch_file(cut, "a.mbox")
    with pytest.raises(UnreadableDiff, match="a mail before the last one ends within a line"):
        parse_patch_file(_encoded("base64", _UNSIGNED[:-missing]) + _PLAIN, "a.mbox")


def test_a_letter_without_a_last_line_feed_leads_to_the_next_mail() -> None:
    box = _encoded("base64", b"A letter that goes ahead.") + _encoded("base64")

    assert _facts(parse_patch_file(box, "a.mbox")) == _facts(parse_patch_file(_PLAIN, "a.mbox"))


@pytest.mark.parametrize("end", [b"", b"\n", b"\n--x"])
def test_a_mail_in_parts_that_never_ends_is_refused_within_a_line(end: bytes) -> None:
    mail = _HEAD + b"Content-Type: multipart/mixed; boundary=x\nContent-Transfer-Encoding: 8bit\n\n--x\n"
    part = b"Content-Type: text/x-patch\nContent-Transfer-Encoding: base64\n\n"

    with pytest.raises(UnreadableDiff, match="may be cut off"):
        parse_patch_file(_FROM + mail + part + base64.encodebytes(_UNSIGNED[:-9]) + end, "a.mbox")


def test_a_mail_of_parts_in_parts_without_end_is_refused_at_its_line() -> None:
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=x%d\n\n--x%d\n" % (at, at) for at in range(2_000))

    with pytest.raises(UnreadableDiff, match=r"a\.mbox: line 19: a mail of too many parts in parts"):
        parse_patch_file(_PLAIN + _FROM + parts, "a.mbox")


@given(st.binary(max_size=200), st.sampled_from([b"base64", b"quoted-printable", b"x-unknown", b"8bit"]))
def test_no_bytes_stop_it(body: bytes, encoding: bytes) -> None:
    decoded_mails(_FROM + _HEAD + b"Content-Transfer-Encoding: " + encoding + b"\n\n" + body, "x")
    decoded_mails(_HEAD + b"Content-Type: multipart/mixed; boundary=" + body + b"\n\n--" + body, "x")

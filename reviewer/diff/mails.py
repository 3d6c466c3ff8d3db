"""Mails to the patches in them: what a mail program encoded is decoded before anybody reads a hunk.

A mail that is sent as it is stays byte for byte; so does everything that is no mail.
"""

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from reviewer.errors import UnreadableDiff

if TYPE_CHECKING:
    from email.message import Message

# The line before each mail of an mbox, as git and mail programs write it: a time and a year somewhere after a name.
_FROM = re.compile(rb"^From \S+ (?>.*?\d\d:\d\d).*\d{4}\r?$", re.MULTILINE)
_HEADERS = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_ENCODED = re.compile(
    rb"^(?:content-transfer-encoding:\s*(?:base64|quoted-printable)|content-type:\s*multipart/)",
    re.IGNORECASE | re.MULTILINE,
)
_PATCH_NAME = re.compile(r'\.(?:patch|diff|txt)"?\s*(?:;|$)', re.IGNORECASE)


def decoded_mails(text: bytes, source: str) -> bytes:
    """Return the text with the body of each encoded mail in it decoded; the text itself if there is none.

    Raises UnreadableDiff for a mail whose parts stand so deep in each other that nobody made it to be read.
    """
    if _ENCODED.search(text) is None:
        return text
    starts = [match.start() for match in _FROM.finditer(text)]
    bounds = [0, *(start for start in starts if start), len(text)]
    decoded = []
    for start, end in pairwise(bounds):
        try:
            decoded.append(_decoded(text[start:end]))
        except RecursionError as error:
            line = text.count(b"\n", 0, start) + 1
            raise UnreadableDiff(source, line, "a mail of too many parts in parts; save its patch alone") from error
    return b"".join(_ended(mail, source) for mail in decoded[:-1]) + decoded[-1]


def _decoded(mail: bytes) -> bytes:
    first = mail.find(b"\n") + 1 if _FROM.match(mail) else 0
    headers = _HEADERS.match(mail, first)
    if headers is None or _ENCODED.search(headers.group()) is None:
        return mail
    # It takes 20 ms to load, and few patches are encoded.
    from email.parser import BytesParser

    message = BytesParser().parsebytes(mail[first:])
    bodies = [body for part in message.walk() if (body := _body(part))]
    text = b"\n".join(body if body.endswith(b"\n") else body + b"\n" for body in bodies)
    # The last line feed of a part can belong to the boundary below it; without one, what is missing may be more.
    is_closed = message.is_multipart() and not any(part.defects for part in message.walk())
    if bodies and not (is_closed or bodies[-1].endswith(b"\n")):
        text = text.removesuffix(b"\n")
    # The headers are not needed again, and would say that the body is encoded.
    return mail[:first] + b"\n" + text


def _ended(mail: bytes, source: str) -> bytes:
    """Return the mail with a line feed at its end. Raises UnreadableDiff if a hunk may end there, cut off."""
    if mail.endswith(b"\n"):
        return mail
    if mail[mail.rfind(b"\n") + 1 :].startswith((b" ", b"+", b"-")):
        raise UnreadableDiff(source, 1, "a mail before the last one ends within a line; save its patch alone")
    return mail + b"\n"


def _body(part: "Message") -> bytes:
    """Return the text of a part; nothing of a part that holds parts, or holds something other than text."""
    if part.is_multipart() or not (part.get_content_maintype() == "text" or _is_named_like_a_patch(part)):
        return b""
    if part.get_content_subtype() == "html":
        return b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _is_named_like_a_patch(part: "Message") -> bool:
    """True if a parameter of the part ends like the name of a patch; `get_filename` fails on broken ones."""
    return any(_PATCH_NAME.search(str(part.get(name, ""))) for name in ("Content-Disposition", "Content-Type"))

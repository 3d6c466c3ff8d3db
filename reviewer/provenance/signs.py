"""The signs of assistance that commits show: in who wrote them, in their messages, and in their notes."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from reviewer.provenance.assistants import by_identity, by_name, names_any
from reviewer.provenance.markers import Footer, Trailer, load_markers
from reviewer.provenance.model import Kind, Place, Provenance, Sign
from reviewer.provenance.notes import agents_in
from reviewer.repository.history import Commit, Person

_UNNAMED = "an assistant"
_LONGEST_TEXT = 200
_TRAILER = re.compile(r"^([A-Za-z][A-Za-z-]{2,40})[ \t]{0,9}:[ \t]{0,9}([^\s][^\n]{0,500})", re.MULTILINE)
_PERSON = re.compile(r"([^<]*)<([^>]*)>")
# What the kernel's documentation asks for; no person is thanked so.
_AGENT_AND_MODEL = re.compile(r"[\w.+-]+:[\w.+-]+", re.ASCII)


def provenance_of(commits: Sequence[Commit]) -> Provenance:
    """Return what the commits say of who or what wrote them. Of no commits, nothing is known."""
    signs = tuple(sign for commit in commits for sign in signs_of(commit))
    assisted = {sign.commit for sign in signs}
    untagged = tuple(commit.oid for commit in commits if commit.oid in assisted and not has_tag(commit.message))
    return Provenance(Kind.AI if signs else Kind.UNKNOWN, signs, untagged, tuple(commits))


def signs_of(commit: Commit) -> tuple[Sign, ...]:
    """Return what shows that an assistant had a part in the commit, each kind of sign once a place."""
    found = (
        *_in_person(commit.author, Place.AUTHOR),
        *_in_person(commit.committer, Place.COMMITTER),
        *signs_in(commit.message),
        *_in_notes(commit.notes),
    )
    first: dict[tuple[str, Place], Sign] = {}
    for marker, tool, place, text in found:
        first.setdefault((marker, place), Sign(marker, tool, place, commit.oid, text[:_LONGEST_TEXT]))
    return tuple(first.values())


def signs_in(message: bytes) -> Iterator[tuple[str, str, Place, bytes]]:
    """Yield marker, tool, place and text of what shows in a message."""
    # Every byte is one character of Latin-1, so what matches is given back byte for byte.
    text = message.decode("latin-1")
    for key, value in _TRAILER.findall(text):
        trailer = _trailers().get(key.lower())
        found = _in_trailer(trailer, value.strip()) if trailer else None
        if found is not None:
            yield *found, Place.TRAILER, f"{key}: {value.strip()}".encode("latin-1")
    for footer in load_markers().footer:
        line = _footer(footer).search(text)
        if line:
            yield footer.id, footer.tool, Place.FOOTER, line[0].strip().encode("latin-1")
    if has_tag(message):
        yield load_markers().tag.id, _UNNAMED, Place.TAG, load_markers().tag.text.encode()


def has_tag(message: bytes) -> bool:
    """True if the tag stands first or last on a line, or behind the colon of a prefix such as `fix:`."""
    return _tag().search(message) is not None


def _in_person(person: Person, place: Place) -> Iterator[tuple[str, str, Place, bytes]]:
    assistant = by_identity(person.name.decode("latin-1"), person.email.decode("latin-1"))
    if assistant is not None:
        yield assistant.id, assistant.tool, place, b"%s <%s>" % (person.name, person.email)


def _in_notes(notes: bytes) -> Iterator[tuple[str, str, Place, bytes]]:
    agents = agents_in(notes) if notes else ()
    if agents:
        yield load_markers().note.id, load_markers().note.tool, Place.NOTE, b", ".join(agents)


def _in_trailer(trailer: Trailer, value: str) -> tuple[str, str] | None:
    """Return the marker and the tool that a trailer shows, if it shows one."""
    if trailer.says == "ai":
        is_meant = value.lower() in trailer.values if trailer.values else value.lower() not in load_markers().words.no
        return (trailer.id, trailer.tool or _tool_named(value)) if is_meant else None
    person = _PERSON.match(value)
    name, email = (person[1].strip(' \t"'), person[2]) if person else (value, "")
    says_assistance = trailer.says == "assistance"
    assistant = by_identity(name, email) or by_name(name, can_be_short=says_assistance and person is None)
    if assistant is not None:
        return assistant.id, assistant.tool
    is_agent = trailer.is_agent_and_model and _AGENT_AND_MODEL.match(value)
    return (trailer.id, _UNNAMED) if is_agent or (says_assistance and names_any(name)) else None


def _tool_named(value: str) -> str:
    assistant = by_name(value, can_be_short=True)
    return assistant.tool if assistant is not None else _UNNAMED


@cache
def _trailers() -> dict[str, Trailer]:
    return {key: trailer for trailer in load_markers().trailer for key in trailer.keys}


@cache
def _footer(footer: Footer) -> re.Pattern[str]:
    texts = "|".join(re.escape(text).replace(r"\ ", r"[ \[]{1,2}") for text in footer.texts)
    link = r"\]?(?:\(https?://[^)\s]{1,300}\))?"
    return re.compile(rf"^[^A-Za-z0-9\n]{{0,20}}(?:{texts}){link}[^A-Za-z0-9\n]{{0,20}}$", re.MULTILINE | re.IGNORECASE)


@cache
def _tag() -> re.Pattern[bytes]:
    tag = re.escape(load_markers().tag.text.encode())
    first, last = rb"(?:^[ \t*>-]{0,9}|:[ \t]{0,9})" + tag, tag + rb"(?:[ \t]{0,9}\(#\d{1,9}\))?[ \t\r]{0,9}$"
    return re.compile(first + b"|" + last, re.MULTILINE | re.IGNORECASE)

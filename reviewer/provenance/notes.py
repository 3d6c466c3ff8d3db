"""Notes of git-ai (`authorship/3.0.0`): which lines of a commit are whose, then JSON about the sessions."""

import re

from msgspec import MsgspecError, Struct, field
from msgspec.json import decode

# "  KEY 1-4,9": whose lines. Keys of known people begin with "h_".
_ATTESTED = re.compile(rb"^  ((?!h_)[A-Za-z0-9_:]{1,100}) \d[\d,-]*\r?$", re.MULTILINE)
_DIVIDER = re.compile(rb"^---\r?$", re.MULTILINE)


class _Agent(Struct):
    tool: str = ""
    model: str = ""


class _Session(Struct):
    agent_id: _Agent = field(default_factory=_Agent)


class _Metadata(Struct):
    prompts: dict[str, _Session] = {}
    sessions: dict[str, _Session] = {}


def agents_in(note: bytes) -> tuple[bytes, ...]:
    """Return the tools and models a note names, or the first line it ascribes to one; nothing for people's lines.

    A note that is damaged, or of a form we do not know, says as much as can be read of it.
    """
    divider = _DIVIDER.search(note)
    lines, metadata = (note[: divider.start()], note[divider.end() :]) if divider else (note, b"")
    attested = _ATTESTED.search(lines)
    named = _named(metadata)
    return named or ((attested[0].strip(),) if attested else ())


def _named(metadata: bytes) -> tuple[bytes, ...]:
    try:
        read = decode(metadata, type=_Metadata)
    except (MsgspecError, RecursionError, UnicodeDecodeError):
        return ()
    agents = (session.agent_id for session in (*read.sessions.values(), *read.prompts.values()))
    return tuple(dict.fromkeys(f"{agent.tool} {agent.model}".strip().encode() for agent in agents if agent.tool))

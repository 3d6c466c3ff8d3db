"""The signs of assistance in commits, from markers.toml beside this file."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, convert

_Id = Annotated[str, Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z")]
_Text = Annotated[str, Meta(pattern=r"\A\S(.*\S)?\Z")]
_Lower = Annotated[str, Meta(pattern=r"\A[^A-Z\s]([^A-Z]*[^A-Z\s])?\Z")]
_Email = Annotated[str, Meta(pattern=r"\A[^A-Z@\s]+@[^A-Z@\s]+\.[a-z]+\Z")]
_Key = Annotated[str, Meta(pattern=r"\A[a-z]+(-[a-z]+)+\Z")]
_Source = Annotated[tuple[_Text, ...], Meta(min_length=1)]


class Assistant(Struct, frozen=True, forbid_unknown_fields=True):
    id: _Id
    tool: _Text
    source: _Source
    emails: tuple[_Email, ...] = ()
    logins: tuple[_Lower, ...] = ()
    suffixes: tuple[_Lower, ...] = ()
    brands: tuple[_Lower, ...] = ()
    names: tuple[_Lower, ...] = ()
    models: tuple[_Lower, ...] = ()


class Trailer(Struct, frozen=True, forbid_unknown_fields=True):
    id: _Id
    says: Literal["person", "assistance", "ai"]
    keys: Annotated[tuple[_Key, ...], Meta(min_length=1)]
    source: _Source
    tool: _Text | None = None
    values: tuple[_Lower, ...] = ()
    is_agent_and_model: bool = False


class Footer(Struct, frozen=True, forbid_unknown_fields=True):
    id: _Id
    tool: _Text
    texts: Annotated[tuple[_Text, ...], Meta(min_length=1)]
    source: _Source


class Tag(Struct, frozen=True, forbid_unknown_fields=True):
    id: _Id
    text: _Text
    source: _Source


class Note(Struct, frozen=True, forbid_unknown_fields=True):
    id: _Id
    tool: _Text
    source: _Source


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    any_assistant: tuple[_Text, ...]
    no: tuple[_Lower, ...]


class Markers(Struct, frozen=True, forbid_unknown_fields=True):
    schema: Literal[1]
    assistant: tuple[Assistant, ...]
    trailer: tuple[Trailer, ...]
    footer: tuple[Footer, ...]
    tag: Tag
    note: Note
    words: Words


@cache
def load_markers() -> Markers:
    """Return what markers.toml holds. A mistake in it is ours, so it is raised as it comes."""
    return convert(tomllib.loads(Path(__file__).with_name("markers.toml").read_text("utf-8")), Markers)

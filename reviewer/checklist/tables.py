"""The tables of a checklist file as TOML has them. A key's type holds its limits and the words that tell them."""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from reviewer.checklist.languages import SUFFIXES
from reviewer.points import Point
from reviewer.tables import listed

_Slug = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z",
        max_length=60,
        description="lower-case words joined by hyphens, at most 60 characters",
    ),
]
_Sentence = Annotated[
    str, Meta(pattern=r"\A(?=.*\S)[^\r\n]+\Z", max_length=300, description="one line of 1 to 300 characters")
]
_Glob = Annotated[
    str,
    Meta(
        pattern=r"\A[^/]+(/[^/]+)*\Z",
        max_length=300,
        description='a path from the top of the repository, such as "src/**/*.py"',
    ),
]
_Language = Annotated[str, Meta(pattern=rf"\A({'|'.join(SUFFIXES)})\Z", description=f"one of {listed(SUFFIXES)}")]
Pattern = Annotated[str, Meta(min_length=1, max_length=500, description="a regular expression of 1 to 500 characters")]
_Point = Annotated[Point, Meta(description=f"one of {listed(point.value for point in Point)}")]
_Table = Annotated[dict[str, object], Meta(description="a table")]


@dataclass(frozen=True, slots=True)
class WhenTable:
    paths: Annotated[tuple[_Glob, ...], Meta(description="a list of paths")] = ()
    languages: Annotated[tuple[_Language, ...], Meta(description="a list of languages")] = ()
    rules: Annotated[tuple[_Slug, ...], Meta(description="a list of rule ids")] = ()
    patterns: Annotated[tuple[Pattern, ...], Meta(description="a list of regular expressions")] = ()
    ai_assisted: Annotated[bool, Meta(description="true or false")] = False


@dataclass(frozen=True, slots=True)
class QuestionTable:
    id: _Slug
    point: _Point
    ask: _Sentence
    look_for: Annotated[tuple[_Sentence, ...], Meta(description="a list of texts")] = ()


@dataclass(frozen=True, slots=True)
class ChecklistTable:
    """A whole file; what is inside its tables is a matter of their own types."""

    schema: Annotated[Literal[1], Meta(description="1, the one schema this version reads")]
    id: _Slug
    title: _Sentence
    question: Annotated[tuple[_Table, ...], Meta(min_length=1, description="tables, each written [[question]]")]
    when: Annotated[dict[str, object] | None, Meta(description="a table, written [when]")] = None

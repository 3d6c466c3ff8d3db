"""What a rule is: one file in `rules/`, whose docstring is its manual and whose examples are its tests.

The docstring's first line says what is flagged; `Why look:` and `Ask:` follow. A rule inherits from
PythonRule, ModuleRule, TokenRule, CommentRule or DiffRule, or from several; it never imports another rule.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from reviewer.analysis.finding import RuleSlug, Severity
from reviewer.analysis.manual import Manual, manual_from
from reviewer.points import Point

if TYPE_CHECKING:
    import libcst as cst

    from reviewer.analysis.change import Change, ChangedFile
    from reviewer.analysis.comments import Comment
    from reviewer.analysis.place import Place
    from reviewer.analysis.source import Source
    from reviewer.analysis.tokens import Token


@dataclass(frozen=True, slots=True)
class Example:
    """A change that adds `code` as the file `path`; `beside` holds other files added with it.

    With `before`, the change turns that text into `code` instead of adding the file.
    """

    code: str
    path: str = "shop/orders.py"
    before: str | None = None
    beside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A rule's word on one node of the syntax tree; `severity` overrides the rule's own."""

    node: "cst.CSTNode"
    message: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class LineSighting:
    """A rule's word on one line, counted from 1 in the new text."""

    line: int
    message: str
    severity: Severity | None = None


class Rule(ABC):
    informs: ClassVar[str]
    severity: ClassVar[Severity]
    # The weakness it finds, by its number in the Common Weakness Enumeration.
    cwe: ClassVar[int | None] = None
    # True for a rule too noisy to be worth everybody's time; it runs where the configuration enables it.
    is_optional: ClassVar[bool] = False
    # True if the line itself, a secret say, must never be copied into a record or an export.
    hides_code: ClassVar[bool] = False
    # True for what must be found in other people's code too; such a rule gets the lines there, and no tokens.
    sees_vendored: ClassVar[bool] = False
    # The rule looks only at text that holds one of these, in this case of letters; at all text if there are none.
    words: ClassVar[tuple[str, ...]] = ()
    INVALID: ClassVar[tuple[Example, ...]]
    VALID: ClassVar[tuple[Example, ...]]

    @property
    def slug(self) -> RuleSlug:
        """The rule's id: the name of its file, with hyphens."""
        return RuleSlug(type(self).__module__.rpartition(".")[2].replace("_", "-"))

    @property
    def point(self) -> Point:
        return Point(self.informs)

    @property
    def manual(self) -> Manual:
        return manual_from(type(self).__doc__ or "")

    def may_see(self, text: str) -> bool:
        """True if the text holds one of the rule's words."""
        return not self.words or any(word in text for word in self.words)


class PythonRule(Rule):
    """Sees syntax nodes of changed Python files: every node whose type is in `visits`."""

    visits: ClassVar[tuple[type["cst.CSTNode"], ...]]

    @abstractmethod
    def check(self, node: "cst.CSTNode", at: "Place") -> Iterator[Sighting]:
        """Yield what is wrong with the node. Sightings off the changed lines are dropped later."""


class ModuleRule(Rule):
    """Sees a changed Python file whole, as `ast` reads it: for facts that no single statement shows.

    Cheaper than a PythonRule, because LibCST need not parse anything.
    """

    @abstractmethod
    def check_module(self, source: "Source", file: "ChangedFile") -> Iterator[LineSighting]:
        """Yield what is wrong. Sightings off the changed lines are dropped later."""


class CommentRule(Rule):
    """Sees the comments of changed files in every language, Python among them."""

    @abstractmethod
    def check_comments(self, comments: Sequence["Comment"], file: "ChangedFile") -> Iterator[LineSighting]:
        """Yield what is wrong. Sightings off the changed lines are dropped later."""


class TokenRule(Rule):
    """Sees the tokens of changed files in other languages; `languages` names them as `tokens.LANGUAGES` does."""

    languages: ClassVar[frozenset[str]]

    @abstractmethod
    def check_tokens(self, tokens: Sequence["Token"], file: "ChangedFile") -> Iterator[LineSighting]:
        """Yield what is wrong. Sightings off the changed lines are dropped later."""


class DiffRule(Rule):
    """Sees the whole change at once, for facts about several files."""

    @abstractmethod
    def check_change(self, change: "Change") -> Iterator[tuple["ChangedFile", LineSighting]]:
        """Yield what is wrong, with the file it is wrong in."""

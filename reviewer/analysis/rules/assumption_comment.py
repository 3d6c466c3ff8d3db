import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.comments import Comment
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import CommentRule, Example, LineSighting

_ASSUMED = regex(
    r"\b(we |i |i'm |this |let's |let us )?(assum(e|es|ed|ing) (that|the|it|this|all|we|a|an|there|no|you|"
    r"\w+ (is|are|has|have))|"
    r"assumption\b|for now\b|"
    r"temporary\b(?! (file|dir|folder|path|table|buffer|variable|name|stor|object|redirect|fail|error))|"
    r"temporarily (disabl|comment|hard|skip|remov|return|ignor)\w*|"
    r"in (a )?(real|actual|production|prod)(-world)?( \w+)?,? (\w+ ){0,2}(you|we|this|it|would|should|use|app|"
    r"system|code|"
    r"implementation|scenario|environment)|in (a )?production,|in production (you|we|this|use)|"
    r"simplified (version|implementation|for|example|logic|approach)|should (just )?work\b|hopefully\b|"
    r"(i'm |we're )?not (entirely |really |quite )?sure\b|adjust (this |these |it )?(as|if) (needed|necessary|"
    r"required)|"
    r"(change|modify|update|replace) (this|these|it|with)( \w+){0,3} (as|if|to) (needed|necessary|required|your)|"
    r"replace with (your|actual|real)|quick (fix|hack|and dirty)|dirty hack|you (may|might|will|would) (want|need) to|"
    r"this is a (basic|simple|naive|minimal|dummy) (implementation|version|example)|probably (works|fine|ok|"
    r"safe|enough)|"
    r"i think\b|i guess\b|i believe\b|seems to work|good enough)",
    re.IGNORECASE,
)
_LEGAL = regex(r"copyright|licen[cs]e|warrant|liab|all rights", re.IGNORECASE)


class AssumptionComment(CommentRule):
    """A comment says that something is assumed, temporary or simplified.

    Why look: the comment is honest, the code is not yet; what holds in an example may not hold here.
    Ask: who confirms the assumption?
    """

    informs = "prompt"
    severity = Severity.INFO

    INVALID = (
        Example("# We assume that the list is sorted\nfirst = orders[0]\n"),
        Example("rate = 2  # hard-coded for now\n"),
        Example("# In a real application you would hash this\nstore(word)\n"),
        Example("# Not sure this is right\ntotal = a + b\n"),
        Example("// Adjust as needed\nconst limit = 10;\n", path="shop/limit.js"),
        Example("# Simplified implementation\ntotal = a + b\n"),
        Example("# This should work for all users\nsend(user)\n"),
        Example("# temporary workaround\nsend(user)\n"),
    )
    VALID = (
        Example("# The list is sorted by the database\nfirst = orders[0]\n"),
        Example("text = 'assume the worst'\n"),
        Example("# Make sure the list is sorted\nfirst = orders[0]\n"),
        Example("# Licence: no warranty, assume the risk\nRATE = 2\n"),
        Example("path = make()  # a directory that is removed at exit\n"),
    )

    def check_comments(self, comments: Sequence[Comment], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002
        for comment in comments:
            match = _ASSUMED.search(comment.words)
            if match is not None and _LEGAL.search(comment.words) is None:
                yield LineSighting(comment.line, f"the comment says `{match[0].strip()}`")

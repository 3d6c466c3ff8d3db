"""The only door to git: what to compare, the diff of it, and the text of files."""

from reviewer.repository.changes import CONTEXT_LINES, read_diff
from reviewer.repository.git import Repository, discover
from reviewer.repository.history import messages_between
from reviewer.repository.target import Target, TargetKind, branch_target, choose_target
from reviewer.repository.texts import Texts

__all__ = [
    "CONTEXT_LINES",
    "Repository",
    "Target",
    "TargetKind",
    "Texts",
    "branch_target",
    "choose_target",
    "discover",
    "messages_between",
    "read_diff",
]

"""The only door to git: what to compare, the diff of it, and the text of files."""

from reviewer.pins import CONTEXT_LINES
from reviewer.repository.changes import read_diff
from reviewer.repository.git import Repository, discover
from reviewer.repository.history import Commit, History, commits_between
from reviewer.repository.surroundings import Surroundings
from reviewer.repository.target import Target, TargetKind, branch_target, choose_target
from reviewer.repository.texts import Texts
from reviewer.repository.touches import first_touches

__all__ = [
    "CONTEXT_LINES",
    "Commit",
    "History",
    "Repository",
    "Surroundings",
    "Target",
    "TargetKind",
    "Texts",
    "branch_target",
    "choose_target",
    "commits_between",
    "discover",
    "first_touches",
    "read_diff",
]

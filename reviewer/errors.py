"""What a user can cause, each with the exit code of the contract.

    ReviewerError                2  usage, or input that is wrong
    ├── ChecklistInvalid         2  a checklist file has mistakes
    ├── ConfigInvalid            2  a configuration file has mistakes
    ├── Refused                  2  the review's own rules forbid this event
    ├── CannotDetermine          3  no repository, missing objects, a failing git
    │   ├── UnknownRevision      3  a name git does not know, or that is no commit
    │   ├── UnreadableDiff       3  a diff that cannot be read faithfully
    │   └── PolicyInvalid        3  the target's policy has mistakes, so nothing can be judged by it
    ├── RecordDamaged            4  a review record that is damaged or forged
    └── RecordTooNew             5  a review record written by a newer version

Messages say where, what, and what to do next. Anything else that is raised is a bug.
"""

from typing import ClassVar


class ReviewerError(Exception):
    exit_code: ClassVar[int] = 2


class ChecklistInvalid(ReviewerError):
    """Holds every mistake of one checklist file, a line each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class ConfigInvalid(ReviewerError):
    """Holds every mistake of the configuration files, a line each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class Refused(ReviewerError):
    """An event the review's own rules forbid, such as `yes` over an open flag."""


class CannotDetermine(ReviewerError):
    exit_code = 3


class UnknownRevision(CannotDetermine):
    pass


class UnreadableDiff(CannotDetermine):
    def __init__(self, source: str, line: int, reason: str) -> None:
        super().__init__(f"{source}: line {line}: {reason}; nothing of this diff is shown")
        self.line = line


class PolicyInvalid(CannotDetermine):
    """Holds every mistake of a policy file, a line each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class RecordDamaged(ReviewerError):
    exit_code = 4


class RecordTooNew(ReviewerError):
    exit_code = 5

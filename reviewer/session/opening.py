"""Opening a review: as whom, and from which files."""

from pathlib import Path

import platformdirs

from reviewer.repository import Repository
from reviewer.session.people import reviewer_of
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from reviewer.store import PUBLISHED, Store
from reviewer.verification.places import record_store


def open_session(subject: Subject, folder: Path) -> Session:
    """Open or resume the review of the subject, as whoever git says works in `folder`."""
    return Session(subject, store_for(subject.repository, folder), reviewer_of(subject.repository))


def store_for(repository: Repository | None, folder: Path) -> Store:
    """Return where reviews of the repository lie; without one, in the user's own state folder."""
    if repository is None:
        return Store(platformdirs.user_state_path("git-reviewer") / "reviews", folder / PUBLISHED)
    return record_store(repository)

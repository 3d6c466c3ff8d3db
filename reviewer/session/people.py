"""Who sits at the keyboard, as far as git and the system say."""

import getpass
import os
import re

from reviewer.provenance.agents import agent_at_work
from reviewer.repository import Repository
from reviewer.review.model import Reviewer


def reviewer_of(repository: Repository | None) -> Reviewer:
    """Return the user git is configured with, else the system's; an agent's session says so."""
    fallback = _system_user()
    agent = agent_at_work(os.environ) or ""
    if repository is None:
        return Reviewer(*fallback, agent)
    name, email = (
        repository.ask("config", "--get", f"user.{key}").output.decode("utf-8", "replace").strip()
        for key in ("name", "email")
    )
    return Reviewer(name or fallback[0], email or fallback[1], agent)


def slug(email: str) -> str:
    """Return a name for files: lower-case letters, digits, dots and hyphens."""
    return re.sub(r"[^a-z0-9.]+", "-", email.lower()).strip("-.")[:48] or "unknown"


def _system_user() -> tuple[str, str]:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return name, f"{name}@localhost"

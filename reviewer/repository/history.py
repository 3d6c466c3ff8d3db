"""What commits say of themselves."""

from reviewer.repository.git import Repository

_MOST_COMMITS = "1000"


def messages_between(repository: Repository, old: str, new: str) -> bytes:
    """Return the messages of the commits that lead from `old` to `new`; `old` may be the empty tree."""
    kind = repository.ask("cat-file", "-t", old).output.strip()
    ends = (f"^{old}", new) if kind == b"commit" else (new,)
    # `git log` would run gpg if the user's settings ask for signatures.
    answer = repository.ask("rev-list", f"--max-count={_MOST_COMMITS}", "--format=%B", *ends)
    return b"" if answer.status else answer.output

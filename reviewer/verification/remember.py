"""Keeping a receipt of a judgement, so that the push that follows need not judge again."""

from contextlib import suppress

from reviewer.receipt import THREE, TWO, stamp, write_receipt
from reviewer.repository import Repository
from reviewer.verification.judge import Judgement


def keep_receipt(repository: Repository, judgement: Judgement, base: str | None, words: str) -> None:
    """Keep what was found, if it lets the change pass; `base` is the commit of the range's left side."""
    top = repository.top
    is_plain = top is not None and repository.git_dir == top / ".git" and repository.git_dir.is_dir()
    # Whoever asks for signatures wants them checked each time, not remembered in a file that anybody can write.
    if not (is_plain and judgement.is_satisfied and base is not None) or judgement.rules.policy.signatures:
        return
    fork = repository.ask("merge-base", base, judgement.new).output.decode("ascii").strip()
    if judgement.old not in (base, fork):
        return
    tips = repository.run("for-each-ref", "--format=%(objectname)", "refs/reviews").decode().split()
    content = stamp(str(repository.git_dir), str(top), tips) + words.encode("utf-8", "surrogateescape") + b"\n"
    # Where the base is an ancestor, both ways to write a range mean the same change.
    kinds = (THREE, TWO) if fork == base else (THREE,) if judgement.old == fork else (TWO,)
    with suppress(OSError):
        for kind in kinds:
            write_receipt(str(repository.git_dir), kind, base, judgement.new, content)

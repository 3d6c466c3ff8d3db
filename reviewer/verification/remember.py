"""Keeping a receipt of a judgement, so that the push that follows need not judge again."""

from contextlib import suppress

from reviewer.receipt import THREE, TWO, write_receipt
from reviewer.repository import Repository
from reviewer.verification.judge import Judgement


def keep_receipt(repository: Repository, judgement: Judgement, base: str | None, words: str) -> None:
    """Keep what was found, if it lets the change pass; `base` is the commit of the range's left side."""
    # Whoever asks for signatures wants them checked each time, not remembered in a file that anybody can write.
    if base is None or not judgement.is_satisfied or judgement.rules.policy.signatures:
        return
    fork = repository.ask("merge-base", base, judgement.new).output.decode("ascii").strip()
    if judgement.stamp is None or judgement.old not in (base, fork):
        return
    content = judgement.stamp + words.encode("utf-8", "surrogateescape") + b"\n"
    # Where the base is an ancestor, both ways to write a range mean the same change.
    kinds = (THREE, TWO) if fork == base else (THREE,) if judgement.old == fork else (TWO,)
    with suppress(OSError):
        for kind in kinds:
            write_receipt(str(repository.git_dir), kind, base, judgement.new, content)

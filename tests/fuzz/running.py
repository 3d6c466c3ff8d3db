"""Cases by number: each makes its input anew from the seed, so that one that fails can be repeated and made smaller."""

import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

from tests.fuzz import diff_laws, record_laws, seeds, settings_laws
from tests.fuzz.mutation import Mutation, dumped, mutated_json, rechained, with_right_counts
from tests.hurry import TookTooLong, hurried

_MOST_TRIES = 400
Make = Callable[[Random], bytes]
Check = Callable[[bytes], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One format: how its cases are made, and what must hold of each; the answer names how it ended."""

    name: str
    make: Make
    check: Check


@dataclass(frozen=True, slots=True)
class Failure:
    """A case for which something did not hold; `what` is how it ended, in one line, for telling two apart."""

    kind: str
    number: int
    what: str
    trace: str
    raw: bytes


@dataclass(slots=True)
class Tally:
    kind: str
    cases: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)


def kinds(folder: Path) -> tuple[Kind, ...]:
    """Return all kinds; `folder` is where a case may write files."""
    return (
        Kind("patch", _patches("patch", seeds.PATCH_WORDS), diff_laws.check_patch_file),
        Kind("mail", _patches("mail", seeds.MAIL_WORDS), diff_laws.check_patch_file),
        Kind("git", _patches("git", seeds.GIT_WORDS), diff_laws.check_git_output),
        Kind("numstat", _patches("patch", seeds.PATCH_WORDS), partial(diff_laws.assert_as_git_counts, folder=folder)),
        Kind("journal", _journals(), partial(record_laws.check_journals, folder=folder)),
        Kind("packed", _plain(seeds.packed_diffs(), seeds.JOURNAL_WORDS), record_laws.check_packed),
        Kind("archive", _plain(seeds.packed_diffs(), seeds.JOURNAL_WORDS),
             partial(record_laws.check_archive, folder=folder)),
        Kind("note", _plain(seeds.seed_files("note"), seeds.NOTE_WORDS), record_laws.check_note),
        Kind("checklist", _plain(seeds.seed_files("checklist"), seeds.TOML_WORDS),
             partial(settings_laws.check_checklist, folder=folder)),
        Kind("configuration", _plain(seeds.seed_files("configuration"), seeds.TOML_WORDS),
             settings_laws.check_configuration),
        Kind("policy", _plain(seeds.seed_files("policy"), seeds.TOML_WORDS), settings_laws.check_policy),
        Kind("sarif", _json(seeds.seed_files("sarif"), seeds.JSON_WORDS),
             partial(settings_laws.check_log, folder=folder)),
    )  # fmt: skip


def case(kind: Kind, seed: int, number: int) -> bytes:
    """Return the input of one case; it depends on nothing but these three."""
    return kind.make(Random(f"{kind.name} {seed} {number}"))  # noqa: S311 - the same cases each time


def run(kind: Kind, seed: int, numbers: Sequence[int], *, seconds: float | None = None) -> Tally:
    """Run the cases of these numbers, or as many as fit into the seconds."""
    tally = Tally(kind.name)
    start = time.monotonic()
    for number in numbers:
        if seconds is not None and time.monotonic() - start > seconds:
            break
        raw = case(kind, seed, number)
        begun = time.process_time()
        try:
            tally.outcomes[_judged(kind, raw)] += 1
        except Failed as failed:
            tally.failures.append(Failure(kind.name, number, failed.what, failed.trace, raw))
        tally.slowest = max(tally.slowest, time.process_time() - begun)
        tally.cases += 1
    tally.seconds = time.monotonic() - start
    return tally


def shrunk(kind: Kind, failure: Failure) -> bytes:
    """Return a smaller input that fails in the same way: without lines, then without pieces of them."""
    raw, left = failure.raw, _MOST_TRIES
    for split in (b"\n", b""):
        pieces = raw.split(split) if split else [raw[at : at + 1] for at in range(len(raw))]
        size = max(1, len(pieces) // 2)
        while size and left > 0:
            at = 0
            while at < len(pieces) and left > 0:
                fewer = pieces[:at] + pieces[at + size :]
                left -= 1
                if _fails_alike(kind, split.join(fewer), failure.what):
                    pieces = fewer
                else:
                    at += size
            size //= 2
        raw = split.join(pieces)
    return raw


class Failed(Exception):
    """What a law, the code or the clock has against an input."""

    def __init__(self, what: str, trace: str) -> None:
        super().__init__(what)
        self.what = what
        self.trace = trace


def _judged(kind: Kind, raw: bytes) -> str:
    try:
        with hurried():
            return kind.check(raw)
    except TookTooLong as error:
        raise Failed("too slow", str(error)) from error
    # Whatever comes out of the code under test is what is looked for.
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        raise Failed(f"{type(error).__name__} at {place}", traceback.format_exc(limit=-6)) from error


def _fails_alike(kind: Kind, raw: bytes, what: str) -> bool:
    try:
        _judged(kind, raw)
    except Failed as failed:
        return failed.what == what
    return False


def _patches(kind: str, words: Sequence[bytes]) -> Make:
    found = seeds.seed_files(kind)
    donors = (*found, *seeds.seed_files("patch"))
    mutation = Mutation(words, donors)

    def make(random: Random) -> bytes:
        patch = mutation(random, random.choice(found))
        return with_right_counts(patch) if random.random() < 0.4 else patch

    return make


def _plain(found: Sequence[bytes], words: Sequence[bytes]) -> Make:
    mutation = Mutation(words, found)
    return lambda random: mutation(random, random.choice(found))


def _journals() -> Make:
    """Return what makes journals: changed byte by byte, or line by line as JSON, with the chain broken or mended."""
    found = seeds.journals()
    mutation = Mutation(seeds.JOURNAL_WORDS, found)

    def make(random: Random) -> bytes:
        journal = random.choice(found)
        if random.random() < 0.5:
            journal = b"\n".join(_with_one_changed(random, journal.split(b"\n")))
        if random.random() < 0.6:
            journal = mutation(random, journal)
        if random.random() < 0.7:
            journal = record_laws.CUT.join(
                b"\n".join(rechained(piece.split(b"\n"))) for piece in journal.split(record_laws.CUT)
            )
        return journal

    return make


def _json(found: Sequence[bytes], words: Sequence[bytes]) -> Make:
    import json

    mutation = Mutation(words, found)

    def make(random: Random) -> bytes:
        log = random.choice(found)
        if random.random() < 0.6:
            value: object = json.loads(log)
            for _ in range(random.randint(1, 4)):
                value = mutated_json(random, value)
            log = dumped(value)
        return mutation(random, log) if random.random() < 0.6 else log

    return make


def _with_one_changed(random: Random, lines: list[bytes]) -> list[bytes]:
    import json

    at = random.randrange(len(lines))
    try:
        value: object = json.loads(lines[at])
    except ValueError:
        return lines
    for _ in range(random.randint(1, 3)):
        value = mutated_json(random, value)
    return [*lines[:at], dumped(value), *lines[at + 1 :]]

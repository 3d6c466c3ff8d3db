"""Bytes, and the JSON in them, changed at random: a chance decides everything, so the same chance repeats it."""

import json
import re
from collections.abc import Callable, Sequence
from random import Random

from reviewer.review.record import event_id

Change = Callable[[Random, bytes], bytes]

# What steers a terminal, hides or reorders text, or ends a line, a text, a decoder's patience.
NASTY: tuple[bytes, ...] = (
    b"\0", b"\x07", b"\x08", b"\x0b", b"\x0c", b"\r", b"\r\n", b"\n", b"\x1b[2J", b"\x1b]0;title\x07",
    b"\x1b]52;c;cm0=\x07", b"\x1bP+q\x1b\\", b"\x7f", b"\x9b31m", b"\xc2\x9b31m", b"\xc2\x85", b"\xff", b"\xc3",
    b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", "\u202e".encode(), "\u2066".encode(), "\u200b".encode(),
    "\ufeff".encode(), "\u2028".encode(), "\u2029".encode(), "\u00a0".encode(), "\u0301".encode() * 9,
    "\U000e0041".encode(), "\u3164".encode(), "\ue000".encode(), "\u2100".encode(), "日本".encode(), b"[/]", b"[bold]",
    b"<script>", b"&amp;", b"`", b"%", b"%00", b"\\", b'"', b"'", b"\t", b" ", b"",
)  # fmt: skip
_NUMBERS = (
    b"0", b"1", b"-1", b"2", b"255", b"2147483648", b"4294967296", b"9999999999", b"9007199254740993",
    b"18446744073709551616", b"9" * 400, b"9" * 4_299, b"9" * 5_000, b"0x10", b"1_0", b"1.5", b"1e999", b"NaN", b"007",
    "٣".encode(),
)  # fmt: skip
_RUNS = (2, 3, 10, 100, 100, 1_000, 20_000)
_NUMBER = re.compile(rb"\d+")
_WORD = re.compile(rb"[A-Za-z0-9_./-]{2,}")
_HUNK = re.compile(rb"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@([^\n]*)")
_LONGEST = 200_000
_LONG_LINES = 0.02


class Mutation:
    """Ways to change a seed; `words` are those the format knows, `donors` other seeds to splice with."""

    def __init__(self, words: Sequence[bytes], donors: Sequence[bytes]) -> None:
        self._words = (*words, *NASTY)
        self._donors = donors
        self._changes: tuple[Change, ...] = (
            _flip, _set_byte, _cut_out, self._insert, self._insert, self._run, self._word_for_word, self._replace_all,
            self._line_of_word, _number, _number, _drop_lines, _repeat_lines, _swap_lines, _move_lines, _truncate,
            _line_ends, self._splice, self._splice,
        )  # fmt: skip

    def __call__(self, random: Random, seed: bytes) -> bytes:
        """Return the seed after one to eight changes, mostly few."""
        text = self._long_line(random, seed) if random.random() < _LONG_LINES else seed
        for _ in range(min(8, 1 + int(random.expovariate(0.6)))):
            text = random.choice(self._changes)(random, text)[:_LONGEST]
        return text

    def _insert(self, random: Random, text: bytes) -> bytes:
        at = random.randint(0, len(text))
        return text[:at] + random.choice(self._words) + text[at:]

    def _run(self, random: Random, text: bytes) -> bytes:
        at = random.randint(0, len(text))
        times = random.choice(_RUNS) if random.random() < 0.3 else 5
        return text[:at] + random.choice(self._words) * times + text[at:]

    def _long_line(self, random: Random, text: bytes) -> bytes:
        """Let one line begin with a word, go on with another one thousands of times, and end with a third."""
        lines = text.split(b"\n")
        at = random.randrange(len(lines))
        first, middle, last = (random.choice(self._words).replace(b"\n", b"") for _ in range(3))
        kept = random.choice((b"", lines[at]))
        lines[at : at + random.randint(0, 1)] = [kept + first + middle * random.choice((2_000, 20_000)) + last]
        return b"\n".join(lines)

    def _word_for_word(self, random: Random, text: bytes) -> bytes:
        found = _pick(random, _WORD, text)
        return text if found is None else text[: found[0]] + random.choice(self._words) + text[found[1] :]

    def _replace_all(self, random: Random, text: bytes) -> bytes:
        """Let another word stand everywhere: what must agree goes on to."""
        found = _pick(random, _WORD, text)
        return text if found is None else text.replace(text[found[0] : found[1]], random.choice(self._words))

    def _line_of_word(self, random: Random, text: bytes) -> bytes:
        lines = text.split(b"\n")
        at = random.randrange(len(lines))
        lines[at : at + random.randint(0, 1)] = [random.choice(self._words)]
        return b"\n".join(lines)

    def _splice(self, random: Random, text: bytes) -> bytes:
        """Put lines of another seed in, or go on with it."""
        lines, others = text.split(b"\n"), random.choice(self._donors).split(b"\n")
        start, stop = sorted(random.randint(0, len(others)) for _ in range(2))
        at = random.randint(0, len(lines))
        tail = lines[at + random.randint(0, 3) :] if random.random() < 0.7 else []
        return b"\n".join([*lines[:at], *others[start:stop], *tail])


def with_right_counts(patch: bytes) -> bytes:
    """Let each `@@` header promise the lines that follow it: what was changed around it gets past the counting."""
    lines = patch.split(b"\n")
    for at, line in enumerate(lines):
        match = _HUNK.fullmatch(line)
        if match is None:
            continue
        signs = _signs_after(lines, at)
        old, new = (sum(sign in kinds for sign in signs) for kinds in ((b" ", b"-"), (b" ", b"+")))
        lines[at] = b"@@ -%s,%d +%s,%d @@%s" % (match[1], old, match[2], new, match[3])
    return b"\n".join(lines)


def _signs_after(lines: Sequence[bytes], at: int) -> list[bytes]:
    signs = []
    for line in lines[at + 1 :]:
        is_next_file = line.startswith(b"--- ") and b"\n".join(lines[at + len(signs) + 2 :][:1]).startswith(b"+++ ")
        if line[:1] not in (b" ", b"+", b"-", b"\\") or is_next_file or line == b"-- ":
            break
        signs.append(line[:1])
    return signs


def mutated_json(random: Random, value: object) -> object:
    """Return the value with one place in it changed: another type, another size, gone, or under another name."""
    if isinstance(value, dict) and value and random.random() < 0.8:
        key = random.choice(list(value))
        rest = {name: inner for name, inner in value.items() if name != key}
        match random.randrange(6):
            case 0:
                return rest
            case 1:
                return {**rest, random.choice((key.upper(), f"{key}\x1b[2J", "\ud800", "", "e", "must")): value[key]}
            case _:
                return {**value, key: mutated_json(random, value[key])}
    if isinstance(value, list) and value and random.random() < 0.8:
        at = random.randrange(len(value))
        changed = mutated_json(random, value[at])
        return random.choice(
            ([*value[:at], changed, *value[at + 1 :]], [*value, changed], value[:at], [*value, *value], [changed] * 50)
        )
    return _odd_value(random, value)


def rechained(lines: Sequence[bytes]) -> list[bytes]:
    """Let each line name the one before it, as a forger would; what is no JSON object stays as it is."""
    chained: list[bytes] = []
    for line in lines:
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError):
            raw = None
        prev = event_id(chained[-1]) if chained else None
        chained.append(dumped({**raw, "n": len(chained), "prev": prev}) if isinstance(raw, dict) else line)
    return chained


def dumped(value: object) -> bytes:
    """Return the value as JSON, NaN and halves of surrogate pairs included."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def _odd_value(random: Random, value: object) -> object:
    if isinstance(value, str) and random.random() < 0.5:
        # As bytes that are no UTF-8 come into a text.
        odd = random.choice(NASTY).decode("utf-8", "surrogateescape")
        return random.choice((value + odd, odd + value, odd, value[: len(value) // 2], value * 50, f"{value}\n{odd}"))
    if isinstance(value, bool | int | float) and random.random() < 0.5:
        return random.choice(
            (value + 1, -value - 1, value * 10**18, 0, 1, 2**31, 2**53, 2**53 + 1, 2**64, 10**400, 0.5)
        )
    nested: object = 1
    for _ in range(random.choice((3, 11, 13, 200))):
        nested = [nested] if random.random() < 0.5 else {"a": nested}
    return random.choice(
        (None, True, False, 0, -1, 1.5, 1e308, float("nan"), float("inf"), 10**400, "", "yes", "\ud800", "x" * 5_000,
         [], {}, [[]], [None], {"b64": "/w=="}, {"b64": "YQ=="}, {"b64": 7}, nested)
    )  # fmt: skip


def _pick(random: Random, pattern: re.Pattern[bytes], text: bytes) -> tuple[int, int] | None:
    found = pattern.search(text, random.randint(0, len(text))) or pattern.search(text)
    return found.span() if found else None


def _flip(random: Random, text: bytes) -> bytes:
    if not text:
        return text
    at = random.randrange(len(text))
    return text[:at] + bytes([text[at] ^ 1 << random.randrange(8)]) + text[at + 1 :]


def _set_byte(random: Random, text: bytes) -> bytes:
    at = random.randint(0, len(text))
    return text[:at] + bytes([random.randrange(256)]) + text[at + 1 :]


def _cut_out(random: Random, text: bytes) -> bytes:
    at = random.randint(0, len(text))
    return text[:at] + text[at + random.choice((1, 1, 2, 8, 80)) :]


def _number(random: Random, text: bytes) -> bytes:
    """Change one number, in an `@@` header if there is one, a little or out of all bounds."""
    start = 0
    if random.random() < 0.6:
        headers = [match.start() for match in _HUNK.finditer(text)]
        start = random.choice(headers) + random.randint(0, 10) if headers else 0
    found = _NUMBER.search(text, start or random.randint(0, len(text)))
    if found is None:
        return text
    # Longer ones Python refuses to read.
    near = int(found[0][-18:])
    choices = (*_NUMBERS, b"%d" % (near + 1), b"%d" % (near - 1), b"%d" % (near + 1), b"%d" % (near - 1))
    return text[: found.start()] + random.choice(choices) + text[found.end() :]


def _drop_lines(random: Random, text: bytes) -> bytes:
    lines, at, count = _some_lines(random, text)
    return b"\n".join(lines[:at] + lines[at + count :])


def _repeat_lines(random: Random, text: bytes) -> bytes:
    lines, at, count = _some_lines(random, text)
    return b"\n".join(lines[: at + count] + lines[at:])


def _swap_lines(random: Random, text: bytes) -> bytes:
    lines, at, _ = _some_lines(random, text)
    other = random.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]
    return b"\n".join(lines)


def _move_lines(random: Random, text: bytes) -> bytes:
    lines, at, count = _some_lines(random, text)
    moved = lines[at : at + count]
    del lines[at : at + count]
    to = random.randint(0, len(lines))
    return b"\n".join(lines[:to] + moved + lines[to:])


def _truncate(random: Random, text: bytes) -> bytes:
    at = random.randint(0, len(text))
    return text[:at] if random.random() < 0.7 else text[at:]


def _line_ends(random: Random, text: bytes) -> bytes:
    """Change how lines end: all of them, or one."""
    end = random.choice((b"\r\n", b"\r", b"\r\r\n", b"\n\n", b" \n", b"\0\n", "\u2028".encode(), b"\x0c"))
    if random.random() < 0.5:
        return text.replace(b"\n", end)
    at = text.find(b"\n", random.randint(0, len(text)))
    return text if at < 0 else text[:at] + end + text[at + 1 :]


def _some_lines(random: Random, text: bytes) -> tuple[list[bytes], int, int]:
    lines = text.split(b"\n")
    return lines, random.randrange(len(lines)), random.choice((1, 1, 1, 2, 5))

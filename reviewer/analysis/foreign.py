"""What other programs call the same faults: their codes, our rules, and the point a code informs."""

import re

from reviewer.analysis.finding import RuleSlug
from reviewer.analysis.regex import regex
from reviewer.points import Point

# Our rule, then the codes of ruff and flake8, bandit, pylint that say the same.
_SAME = """
any-type ANN401
assert-validation B101 S101
async-misuse ASYNC100 ASYNC101 ASYNC102 ASYNC105 ASYNC110 ASYNC115 ASYNC116
bare-except E722 W0702 bare-except B001
blocking-in-async ASYNC210 ASYNC212 ASYNC220 ASYNC221 ASYNC222 ASYNC230 ASYNC240 ASYNC250 ASYNC251
broad-except BLE001 W0718 W0719 broad-exception-caught broad-exception-raised TRY002 TRY203
builtin-as-type RUF013
cache-without-expiry B019 W1518 method-cache-max-size-none
code-injection S102 S307 B102 B307 W0122 W0123 eval-used exec-used PLW0122 PLW0123
command-injection S602 S604 S605 S606 S609 B602 B604 B605 B606 B609 S601 B601
commented-code ERA001
dangling-task RUF006
dead-code F401 F841 W0101 W0611 W0612 unreachable unused-import unused-variable PLW0101
debug-leftover T100 T201 T203 T20
deprecated-api UP035 DTZ003 DTZ004
duplicate-values F601 B033 PLW0130
exception-chaining B904 W0707 raise-missing-from TRY200
finally-drops-error B012 W0150 lost-exception return-in-finally SIM107
hallucinated-api E0611 E0401 E1101 no-member no-name-in-module import-error
hardcoded-secret S105 S106 S107 B105 B106 B107
high-complexity C901 R0912 PLR0912
insecure-random S311 B311
insecure-tempfile S108 S306 B108 B306
insecure-transport S312 S321 S401 S402 B312 B321 S508 S509 B508 B509
late-binding B023 W0640 cell-var-from-loop
list-where-generator C419 R1728 R1729 consider-using-generator use-a-generator
log-without-traceback TRY400 G201
logging-format G001 G002 G003 G004 G010 W1201 W1202 W1203 LOG015 logging-fstring-interpolation
long-function PLR0915 R0915
loop-mutation B909 W4701 E4702 E4703
loose-file-mode S103 B103
magic-number PLR2004 R2004 magic-value-comparison
missing-docstring D100 D101 D102 D103 C0114 C0115 C0116
missing-encoding PLW1514 W1514 unspecified-encoding
missing-timeout S113 B113 W3101 missing-timeout
missing-type-hints ANN001 ANN201 ANN202 no-untyped-def
mutable-default B006 B008 B039 RUF008 RUF009 RUF012 W0102 dangerous-default-value
naive-datetime DTZ001 DTZ002 DTZ003 DTZ004 DTZ005 DTZ006 DTZ007 DTZ011 DTZ012
no-effect B015 B018 F632 W0104 W0106 PLR0124 pointless-statement expression-not-assigned
open-mode PLW1501 W1501
path-traversal S202 B202
raise-mistake F901 B016 E0702 E0710
regex-dos RUF-REDOS
resource-leak SIM115 R1732 consider-using-with
shadowed-builtin A001 A002 W0622 redefined-builtin
sql-injection S608 S610 S611 B608 B610 B611
subprocess-misuse PLW1509 PLW1510 W1509 W1510
swallowed-exception S110 S112 B110 B112 SIM105
tls-verify-disabled S323 S501 S502 S503 S504 S507 B323 B501 B502 B503 B504 B507
todo-left FIX001 FIX002 FIX003 FIX004 TD002 TD003 W0511 fixme
undefined-name F821 F822 F823 E0602 E0601 undefined-variable used-before-assignment
unjustified-suppression PGH003 PGH004 RUF100
unsafe-deserialization S301 S302 S506 S614 B301 B302 B506 B614
useless-handler B014 B025 B029 B030 TRY203 W0706 E0701 W0705
weak-crypto S303 S304 S305 S324 S505 S413 B303 B304 B305 B324 B505
web-config-weakened S104 S201 S612 B104 B201 B612 B615
wrong-arguments E1120 E1121 E1123 E1124 F507 F508 F509 F523 F524
xss S308 S701 S702 S703 S704 B308 B701 B702 B703 B704
xxe S313 S314 S315 S316 S317 S318 S319 S320 S405 S406 B313 B314 B315 B316 B317 B318 B319 B405
zip-strict B905
"""
SAME_AS = {code: RuleSlug(rule) for rule, *codes in map(str.split, _SAME.split("\n")[1:-1]) for code in codes}

# Whoever speaks of one of these speaks of the same handler.
_HANDLERS = frozenset(map(RuleSlug, ("bare-except", "broad-except", "silent-fallback", "swallowed-exception")))

# The longest beginning of a code that stands here says which point it informs.
_POINTS = {
    "S": Point.SECURITY, "B": Point.CORRECTNESS, "B1": Point.SECURITY, "B2": Point.SECURITY, "B3": Point.SECURITY,
    "B4": Point.SECURITY, "B5": Point.SECURITY, "B6": Point.SECURITY, "B7": Point.SECURITY, "B9": Point.CORRECTNESS,
    "BLE": Point.DEBUG, "TRY": Point.DEBUG, "LOG": Point.DEBUG, "G": Point.DEBUG, "ASYNC": Point.SCALE,
    "PERF": Point.SCALE, "DTZ": Point.EDGE_CASES, "F": Point.CORRECTNESS, "PLE": Point.CORRECTNESS,
    "PLW": Point.CORRECTNESS, "E9": Point.CORRECTNESS, "PT": Point.VALIDATE, "T20": Point.MAINTAIN,
    "ERA": Point.MAINTAIN, "FIX": Point.MAINTAIN, "C90": Point.MAINTAIN, "PLR": Point.MAINTAIN, "D": Point.READABILITY,
    "ANN": Point.READABILITY, "N": Point.READABILITY, "A": Point.READABILITY, "UP": Point.PROMPT,
}  # fmt: skip


def says_the_same(rule: RuleSlug, other: RuleSlug) -> bool:
    """True if two rules on one line speak of one fault."""
    return rule == other or {rule, other} <= _HANDLERS


_NOQA = regex(r"(?:#|//)\s*(noqa\s*:\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+\b)*|pylint\s*:\s*disable=[\w,\- ]+)")
_NO_SECURITY = regex(r"(?:#|//)\s*(nosec\b(?:[:\s]*B\d+(?:[,\s]+B\d+)*)?|nosemgrep\b)")


def suppressed_elsewhere(line: str, rule: RuleSlug, point: Point) -> str | None:
    """Return the comment on a line by which another program was told to ignore what a rule of ours says too.

    `nosec` and `nosemgrep` without a code silence what informs security.
    """
    if "noqa" not in line and "nosec" not in line and "nosemgrep" not in line and "pylint" not in line:
        return None
    comments = [match[1].strip() for pattern in (_NOQA, _NO_SECURITY) for match in pattern.finditer(line)]
    for comment in comments:
        codes = re.findall(r"[A-Z]+\d+|(?<=[=,])\s*[\w-]+", comment)
        if any(SAME_AS.get(code.strip()) == rule for code in codes):
            return comment
        if not codes and point is Point.SECURITY and comment.startswith("nose"):
            return comment
    return None


def point_of(code: str, tags: tuple[str, ...] = ()) -> Point:
    """Return the point a foreign code informs; security if a tag says so, correctness if nothing is known."""
    if any(re.search(r"security|cwe", tag, re.IGNORECASE) for tag in tags):
        return Point.SECURITY
    beginnings = (code[:length] for length in range(len(code), 0, -1))
    return next((_POINTS[beginning] for beginning in beginnings if beginning in _POINTS), Point.CORRECTNESS)

import json
import re
from collections.abc import Iterator, Sequence

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, TokenRule
from reviewer.analysis.tokens import Token

_WATCHES = regex(r"--watch(?:All)?\b(?![= ]?(?:false|0))|(?:^|\s)-w(?:\s|$)|\bplaywright test --ui\b|\bnodemon\b")
# These watch unless they are told not to.
_STAYS = regex(r"(?:^|[\s/])(?:vitest|karma start|ng test|react-scripts test|cypress open)(?=\s|$)")
_ENDS = regex(r"\brun\b|--run\b|--single-run\b|--ci\b|\bCI=|--watch(?:All)?[= ]false|--no-watch\b|--watch=0")
_SCRIPT = regex(r"test(?::(?:ci|unit|all|integration|e2e|coverage))?|ci(?::\w+)?")


class WatchModeTest(TokenRule):
    """The script that runs the tests keeps watching and never ends.

    Why look: in a build it hangs until it is killed, and who runs it by hand never gets an exit code.
    Ask: does this end by itself with the result as its exit code?
    """

    informs = "validate"
    severity = Severity.LOW
    languages = frozenset({"json"})
    words = ('"scripts"',)

    INVALID = (
        Example('{\n  "scripts": {\n    "test": "vitest"\n  }\n}\n', path="package.json"),
        Example(
            '{\n  "scripts": {\n    "build": "tsc",\n    "test": "jest --watch"\n  }\n}\n', path="web/package.json"
        ),
        Example('{\n  "scripts": {\n    "test": "karma start karma.conf.js"\n  }\n}\n', path="package.json"),
        Example('{\n  "scripts": {\n    "test": "react-scripts test"\n  }\n}\n', path="package.json"),
        Example('{\n  "scripts": {\n    "test:unit": "NODE_ENV=test mocha --watch"\n  }\n}\n', path="package.json"),
    )
    VALID = (
        Example('{\n  "scripts": {\n    "test": "vitest run"\n  }\n}\n', path="package.json"),
        Example(
            '{\n  "scripts": {\n    "test": "jest",\n    "test:watch": "jest --watch"\n  }\n}\n', path="package.json"
        ),
        Example('{\n  "scripts": {\n    "test": "karma start --single-run"\n  }\n}\n', path="package.json"),
        Example('{\n  "scripts": {\n    "test": "react-scripts test --watchAll=false"\n  }\n}\n', path="package.json"),
        Example('{\n  "scripts": {\n    "test": "vitest"\n  }\n}\n', path="other.json"),
        Example(
            '{\n  "scripts": {\n    "test": "CI=true react-scripts test",\n    "dev": "vite"\n  }\n}\n',
            path="package.json",
        ),
        Example('{\n  "scripts": ["test", "vitest"]\n}\n', path="package.json"),
    )

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:
        if file.name.rpartition("/")[2] != "package.json":
            return
        for name, command in _scripts(file):
            if (
                _SCRIPT.fullmatch(name)
                and not _ENDS.search(command)
                and (_WATCHES.search(command) or _STAYS.search(command))
            ):
                line = next(
                    (each.line for each in tokens if each.text.strip() == json.dumps(name) and _is_set(each, file)),
                    None,
                )
                if line is not None:
                    yield LineSighting(line, f"`{name}` runs `{command[:50]}`, which keeps watching")


def _scripts(file: ChangedFile) -> Iterator[tuple[str, str]]:
    try:
        package = json.loads(file.new_text or b"")
    except (ValueError, RecursionError):
        return
    scripts = package.get("scripts") if isinstance(package, dict) else None
    if isinstance(scripts, dict):
        yield from ((name, command) for name, command in scripts.items() if isinstance(command, str))


def _is_set(token: Token, file: ChangedFile) -> bool:
    """True if the token's line gives the name a value."""
    return re.search(rf"{re.escape(token.text.strip())}\s*:", file.lines[token.line - 1]) is not None

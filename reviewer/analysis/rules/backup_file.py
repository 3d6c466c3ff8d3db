import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import DiffRule, Example, LineSighting

_COPY = regex(
    r"(?P<stem>.*[^\W_].*?)([_\-. ](new|old|backup|bak|copy|orig|original|final|fixed|fix|updated|improved|refactored|"
    r"modified|temp|tmp|deprecated)\d*|"
    r"[_\- ]?\(\d+\)|[_\-. ]copy[_\- ]?\d*|[_\-]v\d+|[_\-](19|20)\d{2}[_\-]?[01]\d[_\-]?[0-3]\d)$",
    re.IGNORECASE,
)
_ENDING = regex(r"\.(bak|orig|old|save|swp|rej|backup|tmp)$|~$", re.IGNORECASE)
# Versions are part of the name of an interface; dates are part of the name of a migration.
_USED_TO_VERSIONS = regex(
    r"(^|/)(migrations?|versions|alembic|changelog|news|blog|posts|apis?|proto|fixtures|data|docs)(/|$)|v\d",
    re.IGNORECASE,
)
_SURE = regex(r"[_\-. ](old|backup|bak|copy|orig|final|fixed)\d*$|\(\d+\)$", re.IGNORECASE)


class BackupFile(DiffRule):
    """A new file is named like a copy or a version of another.

    Why look: the history is in git; a second copy goes its own way, and nobody knows which one runs.
    Ask: what does it have that the original may not have?
    """

    informs = "maintain"
    severity = Severity.MEDIUM

    INVALID = (
        Example("RATE = 2\n", path="shop/orders_old.py"),
        Example("RATE = 2\n", path="shop/orders_backup.py"),
        Example("RATE = 2\n", path="shop/orders_final2.py"),
        Example("RATE = 2\n", path="shop/orders (1).py"),
        Example("let rate = 2;\n", path="web/cart-copy.ts"),
        Example("RATE = 2\n", path="shop/orders_v2.py", beside={"shop/orders.py": "RATE = 1\n"}),
        Example("RATE = 2\n", path="shop/orders_new.py", beside={"shop/orders.py": "RATE = 1\n"}),
        Example("RATE = 2\n", path="shop/orders_20240131.py"),
    )
    VALID = (
        Example("RATE = 2\n", path="shop/orders.py"),
        Example("RATE = 2\n", path="shop/migrations/0002_orders_new.py"),
        Example("RATE = 2\n", path="shop/api/v2/orders_v2.py"),
        Example("RATE = 2\n", path="shop/threshold.py"),
        Example("RATE = 2\n", path="shop/renew.py"),
        Example("RATE = 3\n", path="shop/orders_old.py", before="RATE = 2\n"),
        Example("RATE = 3\n", path="tests/test_orders_new.py"),
    )

    def check_change(self, change: Change) -> Iterator[tuple[ChangedFile, LineSighting]]:
        here = {file.name for file in change.files}
        for file in change.files:
            if file.old_text is not None or file.new_text is None or not file.added or file.is_test:
                continue
            path = PurePosixPath(file.name)
            match = _COPY.fullmatch(path.stem)
            if _ENDING.search(path.name):
                yield file, LineSighting(min(file.added), f"`{path.name}` is named like a backup")
            elif match is not None and not _USED_TO_VERSIONS.search(str(path.parent)):
                original = str(path.with_name(match["stem"] + path.suffix))
                if original in here or original in change.project.names:
                    message = f"`{path.name}` stands beside `{PurePosixPath(original).name}`"
                    yield file, LineSighting(min(file.added), message)
                elif _SURE.search(path.stem) or re.search(r"\d{8}$|\d[-_]\d\d$", path.stem):
                    yield file, LineSighting(min(file.added), f"`{path.name}` is named like a copy", Severity.LOW)

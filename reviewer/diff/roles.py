"""Files that nobody wrote by hand here, told by their names: other people's code, and what programs made.

Nothing of this excuses a change from review; it says what to expect, and what to fold.
"""

import re
from enum import Enum


class Role(Enum):
    VENDORED = "vendored code"
    MINIFIED = "minified"
    LOCK = "a lock file"
    GENERATED = "generated"


_LOCKS = (
    rb"package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|go\.sum|packages\.lock\.json|bun\.lockb?",
    rb"(?:yarn|poetry|uv|pdm|Cargo|Gemfile|composer|Pipfile|flake|mix|Podfile|pubspec|deno)\.lock",
)
_GENERATED = (
    rb"_pb2(?:_grpc)?\.pyi?$|\.pb(?:\.gw)?\.go$|\.pb\.(?:cc|h)$|\.(?:g|freezed|pb)\.dart$",
    rb"[._]generated\.\w+$|\.designer\.cs$|(?:^|/)(?:generated|__generated__)/",
)
_PATTERNS = {
    Role.VENDORED: rb"(?:^|/)(?:_?vendor(?:s|ed)?|third_party|node_modules|bower_components|site-packages)/",
    Role.MINIFIED: rb"[.-]min\.(?:js|mjs|cjs|css)$|\.(?:js|mjs|cjs|css)\.map$",
    Role.LOCK: rb"(?:^|/)(?:%s)$" % b"|".join(_LOCKS),
    Role.GENERATED: b"|".join(_GENERATED),
}
_ROLES = tuple(_PATTERNS)
# One search for all of them: a change may have a hundred thousand files.
_ANY = re.compile(b"|".join(b"(%s)" % pattern for pattern in _PATTERNS.values()))


def role_of(path: bytes) -> Role | None:
    """Return what a file of that name is; None for what people write."""
    match = _ANY.search(path)
    return _ROLES[match.lastindex - 1] if match is not None and match.lastindex is not None else None

"""What kind of file a name says it is: source, tests, docs, configuration, or what nobody wrote by hand.

Names alone decide, so it is a guess to sort and to filter by, never one to judge by.
"""

import re
from enum import Enum

from reviewer.diff.roles import role_of


class Kind(Enum):
    SOURCE = "source"
    TESTS = "tests"
    DOCS = "docs"
    CONFIG = "config"
    GENERATED = "generated"


_TESTS = re.compile(
    rb"(?:^|/)(?:tests?|__tests__|specs?|testing|testdata|fixtures)/"
    rb"|(?:^|/)(?:tests?_[^/]*|conftest\.py)$"
    rb"|[._-](?:tests?|specs?)\.\w+$|[a-z0-9](?:Tests?|Specs?|IT)\.\w+$"
)
_CONFIG = re.compile(
    rb"\.(?:toml|ya?ml|ini|cfg|conf|json5?|properties|env|editorconfig|gradle|tf|tfvars|hcl|nix|service)$"
    rb"|(?:^|/)(?:Dockerfile|Makefile|Justfile|Procfile|Vagrantfile|Jenkinsfile|CODEOWNERS|go\.mod)[^/]*$"
    rb"|(?:^|/)(?:requirements[^/]*|constraints[^/]*|CMakeLists)\.txt$"
    rb"|(?:^|/)\.[^/]+(?:/|$)"
)
_DOCS = re.compile(
    rb"(?:^|/)docs?/|\.(?:md|mdx|rst|adoc|txt|tex)$|(?:^|/)(?:README|CHANGELOG|CHANGES|LICEN[CS]E|NOTICE|AUTHORS)[^/]*$"
)
_STEM = re.compile(rb"([^/]*?)(?:\.[^./]+)?$")
_OF_A_TEST = re.compile(rb"^tests?[_-]|[._-](?:tests?|specs?)$|(?<=[a-z0-9])(?:Tests?|Specs?|IT)$")


def kind_of(path: bytes) -> Kind:
    if role_of(path) is not None:
        return Kind.GENERATED
    for kind, pattern in ((Kind.TESTS, _TESTS), (Kind.CONFIG, _CONFIG), (Kind.DOCS, _DOCS)):
        if pattern.search(path):
            return kind
    return Kind.SOURCE


def stem_of(path: bytes) -> bytes:
    """Return the name a file shares with its tests: `pay` of `shop/Pay.py` and of `tests/test_pay.py`."""
    match = _STEM.search(path)
    name = match[1] if match is not None else path
    return (_OF_A_TEST.sub(b"", name) if kind_of(path) is Kind.TESTS else name).lower()

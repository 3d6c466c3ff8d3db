"""What modules of the repository offer, read from their text."""

from collections.abc import Mapping, Sequence

from reviewer.analysis.installed import exists, offered, place_of
from reviewer.analysis.project import Project


class Files:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = {name.encode(): text.encode() for name, text in texts.items()}

    def paths(self) -> frozenset[bytes]:
        return frozenset(self.texts)

    def read(self, paths: Sequence[bytes]) -> Mapping[bytes, bytes]:
        return {path: self.texts[path] for path in paths if path in self.texts}


def project(**texts: str) -> Project:
    return Project(Files({name.replace("__", "/", 1) + ".py": text for name, text in texts.items()}))


def test_an_import_leads_to_a_place() -> None:
    files = Project(Files({"src/shop/__init__.py": "", "src/shop/orders.py": ""}))

    assert place_of("src/shop/orders.py", 0, "shop.names", files) == "src/shop/names"
    assert place_of("src/shop/orders.py", 1, "names", files) == "src/shop/names"
    assert place_of("src/shop/orders.py", 1, "", files) == "src/shop"
    assert place_of("src/shop/orders.py", 0, "requests", files) is None


def test_a_module_offers_what_it_binds() -> None:
    files = project(shop__names="import json\nRATE = 1\n\ndef load():\n    inner = 1\n")

    assert offered("shop/names", files) == {"json", "RATE", "load"}


def test_a_package_offers_its_modules() -> None:
    files = Project(Files({"shop/__init__.py": "A = 1\n", "shop/names.py": ""}))

    assert (offered("shop", files) or set()) >= {"A", "names"}


def test_a_module_that_may_offer_anything_is_not_listed() -> None:
    assert offered("shop/a", project(shop__a="from b import *\n")) is None
    assert offered("shop/a", project(shop__a="def __getattr__(name):\n    return name\n")) is None
    assert offered("shop/a", project(shop__a="def (\n")) is None
    assert offered("shop/b", project(shop__a="")) is None


def test_what_a_build_makes_counts_as_there() -> None:
    files = project(shop__names="")

    assert exists("shop/names", files)
    assert exists("shop/_version", files)
    assert exists("shop/orders_pb2", files)
    assert not exists("shop/orders", files)
    assert exists("shop/orders", Project())

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.hostile.ground import Ground, harmless, hostile, prepare
from tests.hostile.speaking import Speaker
from tests.scratch import pin_environment


@pytest.fixture(scope="session")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        pin_environment(patch, tmp_path_factory.getbasetemp() / "home")
        yield


@pytest.fixture(scope="session")
def speaker(pinned: None) -> Iterator[Speaker]:
    with closing(Speaker()) as speaker:
        yield speaker


@pytest.fixture(scope="session")
def prepared(pinned: None, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return prepare(tmp_path_factory.mktemp("hostile"), hostile)


@pytest.fixture(scope="session")
def plain(pinned: None, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return prepare(tmp_path_factory.mktemp("plain"), harmless)

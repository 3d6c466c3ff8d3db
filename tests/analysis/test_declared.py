"""What a project says it needs is read from whatever file says it."""

import pytest

from reviewer.analysis.change import Change, ChangedFile
from reviewer.analysis.declared import Requirement, declared_by, is_manifest, requirements_of


def _declared(**texts: str):  # type: ignore[no-untyped-def]  # a test's own shorthand
    files = [
        ChangedFile(name.replace("__", ".").encode(), None, text.encode(), frozenset({1}), frozenset())
        for name, text in texts.items()
    ]
    return declared_by(Change(tuple(files)))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("requirements.txt", "flask==3.0\nPyYAML  # for the menu\n-r more.txt\n", {"flask": "==3.0", "PyYAML": ""}),
        ("requirements/dev.txt", "pytest>=8 ; python_version > '3.8'\n", {"pytest": ">=8"}),
        ("requirements.txt", "-e git+https://a.net/tea#egg=tea\n", {"tea": "git+https://a.net/tea#egg=tea"}),
        ("pyproject.toml", '[project]\ndependencies = ["httpx[http2]>=1", "rich"]\n', {"httpx": ">=1", "rich": ""}),
        ("pyproject.toml", '[dependency-groups]\ntest = ["pytest", {include-group = "x"}]\n', {"pytest": ""}),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npython = "^3.10"\nflask = "*"\ntea = {version = "1.0", optional = true}\n',
            {"flask": "*", "tea": "1.0"},
        ),
        ("Pipfile", '[packages]\nflask = "*"\n[dev-packages]\npytest = ">=8"\n', {"flask": "*", "pytest": ">=8"}),
        ("setup.cfg", "[options]\ninstall_requires =\n    flask>=3\n    rich\n", {"flask": ">=3", "rich": ""}),
        ("setup.py", "setup(install_requires=['flask>=3'], tests_require=['rich'])\n", {"flask": ">=3", "rich": ""}),
        ("package.json", '{"dependencies": {"tea": "^1"}, "devDependencies": {"vite": ""}}', {"tea": "^1", "vite": ""}),
        ("go.mod", "module shop\n\nrequire (\n\tgithub.com/a/tea v1.2.3\n)\n", {"github.com/a/tea": "v1.2.3"}),
        ("environment.yml", "dependencies:\n  - numpy=2.0\n  - flask\n", {"numpy": "=2.0", "flask": ""}),
    ],
)  # fmt: skip
def test_each_kind_of_file_is_read(name: str, text: str, expected: dict[str, str]) -> None:
    found = requirements_of(name, text.encode())

    assert {each.name: each.version for each in found} == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[project\n"), ("package.json", "[" * 100_000), ("package.json", "7"), ("setup.py", "def"),
        ("setup.cfg", "no section\n"), ("pyproject.toml", 'project = "x"\n'), ("Pipfile", "packages = 3\n"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_declares_nothing(name: str, text: str) -> None:
    assert requirements_of(name, text.encode()) == ()


def test_a_group_for_development_is_marked() -> None:
    (found,) = requirements_of("package.json", b'{"devDependencies": {"vite": "^7"}}')

    assert found == Requirement("vite", "^7", is_for_work=True)


@pytest.mark.parametrize(
    ("distribution", "module"),
    [
        ("Pillow", "PIL"), ("PyYAML", "yaml"), ("beautifulsoup4", "bs4"), ("scikit-learn", "sklearn"),
        ("python-dateutil", "dateutil"), ("psycopg2-binary", "psycopg2"), ("google-cloud-storage", "google"),
        ("Flask-Login", "flask_login"), ("flask", "werkzeug"), ("opencv_python", "cv2"), ("zope.interface", "zope"),
    ],
)  # fmt: skip
def test_a_distribution_brings_modules_of_other_names(distribution: str, module: str) -> None:
    declared = _declared(requirements__txt=f"{distribution}\n")

    assert declared.brings(module)
    assert not declared.brings("tensorflow")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject__toml", '[project]\nrequires-python = ">=3.9,<4"\n'),
        ("pyproject__toml", '[tool.poetry.dependencies]\npython = "^3.9"\n'),
        ("setup__cfg", "[options]\npython_requires = >=3.9\n"),
        ("setup__py", 'setup(python_requires="~=3.9")\n'),
    ],
)
def test_the_oldest_python_is_read(name: str, text: str) -> None:
    assert _declared(**{name: text}).floor == (3, 9)


def test_nothing_is_known_where_nothing_is_declared() -> None:
    assert not _declared(README__md="flask\n").is_known
    assert not is_manifest("node_modules/a/package.json")

"""What a project declares that it needs: distributions, the modules they bring, and the oldest Python.

Read from the files people write for pip, Poetry, PDM, uv, Pipenv, conda, npm and Go; lock files are not read, and
nothing is run. What cannot be read declares nothing.
"""

import ast
import configparser
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reviewer.analysis.change import LARGEST_TEXT, Change
from reviewer.analysis.project import Project
from reviewer.analysis.regex import regex
from reviewer.analysis.source import nodes_in

_MANIFEST = regex(
    r"(?:^|/)(?:[\w.-]*requirements[\w.-]*\.(?:txt|in)|requirements/[\w.-]+\.(?:txt|in)|pyproject\.toml|setup\.(?:cfg|py)|"
    r"Pipfile|package\.json|go\.mod|environment\.ya?ml)$"
)
_OTHER_MANIFEST = regex(r"(?:^|/)(?:package\.json|go\.mod)$")
_MOST_FILES = 60
_NAME = regex(r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?P<rest>.*)", re.DOTALL)
_GO = regex(r"^[ \t]*(?:require[ \t]+)?(?P<name>\w[\w.-]{0,99}/\S{1,200})[ \t]+(?P<version>v\d\S{0,99})", re.MULTILINE)
_FLOOR = regex(r"(?:>=|~=|\^|==|>)\s*3\.(\d{1,2})")

# Import names that differ from the distribution's by more than a hyphen.
_IMPORTED_AS: Mapping[str, tuple[str, ...]] = {
    "pillow": ("PIL",), "pyyaml": ("yaml", "_yaml"), "beautifulsoup4": ("bs4",), "opencv-python": ("cv2",),
    "opencv-python-headless": ("cv2",), "opencv-contrib-python": ("cv2",), "scikit-learn": ("sklearn",),
    "scikit-image": ("skimage",), "python-dateutil": ("dateutil",), "python-dotenv": ("dotenv",),
    "python-jose": ("jose",), "pyjwt": ("jwt",), "mysqlclient": ("MySQLdb",), "psycopg2-binary": ("psycopg2",),
    "psycopg-binary": ("psycopg",), "attrs": ("attr", "attrs"), "protobuf": ("google",), "grpcio": ("grpc",),
    "grpcio-tools": ("grpc_tools",), "pycryptodome": ("Crypto",), "pycryptodomex": ("Cryptodome",),
    "python-magic": ("magic",), "msgpack-python": ("msgpack",), "pyserial": ("serial",), "pyzmq": ("zmq",),
    "discord-py": ("discord",), "python-telegram-bot": ("telegram",), "faiss-cpu": ("faiss",),
    "faiss-gpu": ("faiss",), "tensorflow-cpu": ("tensorflow",), "tensorflow-gpu": ("tensorflow",),
    "pymupdf": ("fitz", "pymupdf"), "python-docx": ("docx",), "python-pptx": ("pptx",),
    "python-multipart": ("multipart", "python_multipart"), "djangorestframework": ("rest_framework",),
    "django-rest-framework": ("rest_framework",), "django-cors-headers": ("corsheaders",),
    "django-filter": ("django_filters",), "django-environ": ("environ",), "django-debug-toolbar": ("debug_toolbar",),
    "django-allauth": ("allauth",), "django-storages": ("storages",), "django-extensions": ("django_extensions",),
    "djangorestframework-simplejwt": ("rest_framework_simplejwt",), "drf-spectacular": ("drf_spectacular",),
    "flask-sqlalchemy": ("flask_sqlalchemy",), "gitpython": ("git",), "pygithub": ("github",),
    "python-gitlab": ("gitlab",), "python-ldap": ("ldap",), "pynacl": ("nacl",), "pyopenssl": ("OpenSSL",),
    "pysocks": ("socks",), "pywin32": ("win32api", "win32con", "win32gui", "pythoncom", "win32com"),
    "setuptools": ("setuptools", "pkg_resources"), "websocket-client": ("websocket",), "factory-boy": ("factory",),
    "types-pyyaml": ("yaml",), "google-api-python-client": ("googleapiclient", "apiclient"),
    "google-auth": ("google",), "azure-storage-blob": ("azure",), "antlr4-python3-runtime": ("antlr4",),
    "apache-airflow": ("airflow",), "apache-beam": ("apache_beam",), "pyspark": ("pyspark",),
    "python-slugify": ("slugify",), "pyqt5": ("PyQt5",), "pyqt6": ("PyQt6",), "pyside6": ("PySide6", "shiboken6"),
    "wxpython": ("wx",), "pygobject": ("gi",), "umap-learn": ("umap",), "imbalanced-learn": ("imblearn",),
    "sentry-sdk": ("sentry_sdk",), "ruamel-yaml": ("ruamel",), "zope-interface": ("zope",),
    "kafka-python": ("kafka",), "confluent-kafka": ("confluent_kafka",), "nats-py": ("nats",),
    "elastic-apm": ("elasticapm",), "pyhamcrest": ("hamcrest",), "pytest": ("pytest", "_pytest"),
    "ipython": ("IPython",), "markdown": ("markdown",), "mistune": ("mistune",), "jinja2": ("jinja2",),
    "markupsafe": ("markupsafe",), "sqlalchemy": ("sqlalchemy",), "mysql-connector-python": ("mysql",),
    "snowflake-connector-python": ("snowflake",), "cx-oracle": ("cx_Oracle",), "pyasn1-modules": ("pyasn1_modules",),
    "progressbar2": ("progressbar",), "levenshtein": ("Levenshtein",), "python-levenshtein": ("Levenshtein",),
    "fake-useragent": ("fake_useragent",), "tree-sitter": ("tree_sitter",),
    "typing-extensions": ("typing_extensions",), "prometheus-client": ("prometheus_client",),
    "opentelemetry-api": ("opentelemetry",), "opentelemetry-sdk": ("opentelemetry",),
    "async-timeout": ("async_timeout",), "pyinstaller": ("PyInstaller",), "pymysql": ("pymysql",),
    "pydantic-settings": ("pydantic_settings",), "speechrecognition": ("speech_recognition",),
    "openai-whisper": ("whisper",), "sentence-transformers": ("sentence_transformers",),
    "pinecone-client": ("pinecone",), "chromadb": ("chromadb",), "llama-index": ("llama_index",), "pytz": ("pytz",),
    "biopython": ("Bio",), "rdkit-pypi": ("rdkit",), "mkdocs-material": ("material",), "ujson": ("ujson",),
}  # fmt: skip
# What comes with a distribution and is commonly imported beside it.
_BRINGS: Mapping[str, tuple[str, ...]] = {
    "flask": ("werkzeug", "jinja2", "markupsafe", "click", "itsdangerous", "blinker"),
    "fastapi": ("starlette", "pydantic", "anyio", "typing_extensions", "pydantic_core"), "starlette": ("anyio",),
    "django": ("asgiref", "sqlparse"), "djangorestframework": ("django",),
    "requests": ("urllib3", "certifi", "idna", "charset_normalizer"), "boto3": ("botocore", "s3transfer"),
    "httpx": ("httpcore", "anyio", "certifi", "h11", "idna", "sniffio"), "pandas": ("numpy", "dateutil", "pytz"),
    "scikit-learn": ("numpy", "scipy", "joblib"), "scipy": ("numpy",),
    "matplotlib": ("numpy", "mpl_toolkits", "pylab"), "torch": ("numpy",), "torchvision": ("torch", "PIL", "numpy"),
    "tensorflow": ("numpy", "keras"), "transformers": ("huggingface_hub", "tokenizers", "safetensors", "numpy"),
    "aiohttp": ("yarl", "multidict"), "celery": ("kombu", "billiard"), "pytest": ("pluggy", "iniconfig"),
    "aiogram": ("aiohttp",), "scrapy": ("twisted", "lxml"),
    "langchain": ("langchain_core", "langchain_community", "langchain_text_splitters", "pydantic"),
    "moto": ("boto3", "botocore"), "flask-login": ("flask",), "flask-sqlalchemy": ("flask", "sqlalchemy"),
    "sqlmodel": ("sqlalchemy", "pydantic"), "pydantic": ("pydantic_core", "typing_extensions"),
    "alembic": ("sqlalchemy", "mako"), "jupyter": ("IPython", "notebook"),
    "flake8": ("pycodestyle", "pyflakes", "mccabe"),
    "seaborn": ("matplotlib", "pandas", "numpy"), "rich": ("pygments",), "textual": ("rich",),
    "sphinx": ("docutils",),
}  # fmt: skip
_ALWAYS = frozenset({"setuptools", "pkg_resources", "pip", "wheel", "_typeshed", "typeshed", "distutils"})


@dataclass(frozen=True, slots=True)
class Requirement:
    """One dependency: `version` is what is said about its version or source, empty if nothing is."""

    name: str
    version: str
    is_for_work: bool = False


@dataclass(frozen=True, slots=True)
class Declared:
    """`is_known` if some file speaks of dependencies for Python at all; `floor` is the oldest Python, if named."""

    distributions: frozenset[str]
    modules: frozenset[str]
    floor: tuple[int, int] | None
    is_known: bool

    def brings(self, module: str) -> bool:
        """True if some declared distribution may have brought the module of that name."""
        return module in self.modules or _plain(module) in self.modules or module in _ALWAYS


def declared_by(change: Change) -> Declared:
    """Return what the project declares as the change leaves it."""
    texts = {file.name: file.new_text for file in change.files if is_manifest(file.name) and file.new_text is not None}
    return _declared({**manifests_in(change.project), **texts})


def declared_in(project: Project) -> Declared:
    """Return what the project declares."""
    return _declared(manifests_in(project))


def manifests_in(project: Project) -> dict[str, bytes]:
    """Return the texts of the files that declare dependencies, those nearest the top first."""
    names = sorted((name for name in project.names if is_manifest(name)), key=lambda name: (name.count("/"), name))
    return project.texts(names[:_MOST_FILES])


def is_manifest(name: str) -> bool:
    return _MANIFEST.search(name) is not None and "node_modules/" not in name


@lru_cache(maxsize=64)
def requirements_of(name: str, text: bytes) -> tuple[Requirement, ...]:
    """Return what a file declares, by the file's name; nothing if it cannot be read."""
    if len(text) > LARGEST_TEXT:
        return ()
    decoded = text.decode("utf-8", "replace")
    base = name.rpartition("/")[2]
    try:
        if base in ("pyproject.toml", "Pipfile"):
            return tuple(_in_toml(tomllib.loads(decoded)))
        if base == "package.json":
            return tuple(_in_package(json.loads(decoded)))
        if base == "setup.cfg":
            return tuple(_in_setup_cfg(decoded))
        if base == "setup.py":
            return tuple(_in_setup_py(decoded))
    except (ValueError, SyntaxError, RecursionError, MemoryError, configparser.Error):
        return ()
    if base == "go.mod":
        return tuple(Requirement(found["name"], found["version"]) for found in _GO.finditer(decoded))
    if base.startswith("environment."):
        return tuple(
            _in_lines(line.strip().removeprefix("- ") for line in decoded.split("\n") if line.strip().startswith("- "))
        )
    return tuple(_in_lines(decoded.split("\n"), is_for_work=re.search(r"dev|test|doc|lint", name) is not None))


def normal_name(name: str) -> str:
    """Return a distribution's name as pip compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared(texts: Mapping[str, bytes]) -> Declared:
    python = {name: text for name, text in texts.items() if not _OTHER_MANIFEST.search(name)}
    names = {normal_name(each.name) for name, text in python.items() for each in requirements_of(name, text)}
    floors = [floor for name, text in python.items() if (floor := _floor(name, text)) is not None]
    modules = frozenset(module for name in names for module in _modules(name))
    return Declared(frozenset(names), modules, min(floors, default=None), bool(names) or bool(floors))


def _floor(name: str, text: bytes) -> tuple[int, int] | None:
    """Return the oldest Python a file asks for."""
    decoded = text.decode("utf-8", "replace")
    said = re.search(r"(?:requires-python|python_requires)\s*=\s*[\"']?([^\"'\n]+)", decoded)
    if said is None and name.endswith("pyproject.toml"):
        said = re.search(r"^python\s*=\s*[\"']([^\"'\n]+)", decoded, re.MULTILINE)
    found = _FLOOR.search(said[1]) if said is not None else None
    return (3, int(found[1])) if found is not None else None


def _modules(distribution: str) -> Iterator[str]:
    """Yield the names a distribution may be imported by; rather one too many."""
    yield from _IMPORTED_AS.get(distribution, ())
    yield from _BRINGS.get(distribution, ())
    plain = _plain(distribution)
    yield plain
    yield (
        plain.partition("_")[0]
        if plain.startswith(("google_", "azure_", "zope_", "ruamel_", "opentelemetry_"))
        else plain
    )
    for prefix in ("python_", "py_", "django_", "types_", "py"):
        if plain.startswith(prefix):
            yield plain.removeprefix(prefix)
    for suffix in ("_python", "_py", "_binary", "_sdk", "_client", "2", "3"):
        if plain.endswith(suffix):
            yield plain.removesuffix(suffix)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def _requirement(text: str, *, is_for_work: bool = False) -> Requirement | None:
    text = text.partition(";")[0].strip()
    found = _NAME.fullmatch(text)
    return Requirement(found["name"], found["rest"].strip(), is_for_work) if found is not None else None


def _in_lines(lines: Sequence[str] | Iterator[str], *, is_for_work: bool = False) -> Iterator[Requirement]:
    for raw in lines:
        line = re.sub(r"(?:^|\s)#.*", "", raw).strip().rstrip("\\").strip()
        egg = re.search(r"#egg=([\w.-]+)", raw)
        if egg is not None:
            yield Requirement(egg[1], line.removeprefix("-e").strip() or "url", is_for_work)
        elif line and not line.startswith(("-", "git+", "http", ".", "/")):
            found = _requirement(line.partition(" --")[0], is_for_work=is_for_work)
            if found is not None and (not found.version or found.version[0] in "=<>!~@("):
                yield found


def _in_toml(table: Mapping[str, object]) -> Iterator[Requirement]:
    project, tool = _table(table, "project"), _table(table, "tool")
    poetry = _table(tool, "poetry")
    yield from _texts(project.get("dependencies"))
    yield from _texts(_table(table, "build-system").get("requires"), is_for_work=True)
    for group in (_table(project, "optional-dependencies"), _table(table, "dependency-groups")):
        for values in group.values():
            yield from _texts(values, is_for_work=True)
    for values in (
        _table(tool, "uv").get("dev-dependencies"),
        *_table(_table(tool, "pdm"), "dev-dependencies").values(),
    ):
        yield from _texts(values, is_for_work=True)
    for environment in _table(_table(tool, "hatch"), "envs").values():
        for key in ("dependencies", "extra-dependencies"):
            yield from _texts(environment.get(key) if isinstance(environment, dict) else None, is_for_work=True)
    yield from _named(_table(poetry, "dependencies"))
    yield from _named(_table(poetry, "dev-dependencies"), is_for_work=True)
    groups = _table(poetry, "group")
    for name in groups:
        yield from _named(_table(_table(groups, name), "dependencies"), is_for_work=True)
    yield from _named(_table(table, "packages"))
    yield from _named(_table(table, "dev-packages"), is_for_work=True)


def _table(table: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _texts(values: object, *, is_for_work: bool = False) -> Iterator[Requirement]:
    for value in values if isinstance(values, list) else ():
        found = _requirement(value, is_for_work=is_for_work) if isinstance(value, str) else None
        if found is not None:
            yield found


def _named(table: Mapping[str, object], *, is_for_work: bool = False) -> Iterator[Requirement]:
    for name, value in table.items():
        if name.lower() == "python":
            continue
        sources: Mapping[str, object] = value if isinstance(value, dict) else {"version": value}
        said = next((sources[key] for key in ("version", "git", "url", "path", "file") if key in sources), "")
        yield Requirement(name, said if isinstance(said, str) else "", is_for_work)


def _in_package(package: object) -> Iterator[Requirement]:
    table: Mapping[str, object] = package if isinstance(package, dict) else {}
    yield from _named(_table(table, "dependencies"))
    yield from _named(_table(table, "optionalDependencies"))
    yield from _named(_table(table, "devDependencies"), is_for_work=True)


def _in_setup_cfg(text: str) -> Iterator[Requirement]:
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(text)
    for section, keys in (
        ("options", ("install_requires", "tests_require", "setup_requires")),
        ("options.extras_require", None),
    ):
        if parser.has_section(section):
            for key, value in parser.items(section):
                if keys is None or key in keys:
                    yield from _in_lines(value.split("\n"), is_for_work=key != "install_requires")


def _in_setup_py(text: str) -> Iterator[Requirement]:
    for node in nodes_in(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg in (
            "install_requires",
            "extras_require",
            "tests_require",
            "setup_requires",
        ):
            strings = (each.value for each in nodes_in(node.value) if isinstance(each, ast.Constant))
            yield from _texts(
                [each for each in strings if isinstance(each, str)], is_for_work=node.arg != "install_requires"
            )
        elif (
            isinstance(node, ast.Assign)
            and isinstance(node.value, (ast.List, ast.Tuple))
            and "requir" in ast.dump(node.targets[0]).lower()
        ):
            strings = (each.value for each in node.value.elts if isinstance(each, ast.Constant))
            yield from _texts([each for each in strings if isinstance(each, str)])

"""Names written by habit from other languages and libraries, and what was meant by them."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

# What is written by habit from other languages and libraries, and what was meant.
_MEANT: Mapping[str, str] = {
    "json.parse": "json.loads", "json.stringify": "json.dumps", "json.encode": "json.dumps",
    "json.decode": "json.loads",
    "json.read": "json.load", "json.write": "json.dump", "json.to_string": "json.dumps",
    "os.exists": "os.path.exists", "os.isfile": "os.path.isfile", "os.isdir": "os.path.isdir",
    "os.join": "os.path.join",
    "os.getEnv": "os.getenv", "os.env": "os.environ", "os.sleep": "time.sleep", "os.copy": "shutil.copy",
    "os.path.mkdir": "os.mkdir", "os.path.makedirs": "os.makedirs", "os.path.listdir": "os.listdir",
    "os.mkdirs": "os.makedirs", "os.delete": "os.remove", "os.getcwdu": "os.getcwd", "os.path.remove": "os.remove",
    "math.round": "round", "math.abs": "abs", "math.max": "max", "math.min": "min", "math.random": "random.random",
    "math.average": "statistics.mean", "math.mean": "statistics.mean", "math.PI": "math.pi", "math.sum": "sum",
    "time.now": "time.time", "time.current_time": "time.time", "random.random_int": "random.randint",
    "random.rand": "random.random", "random.int": "random.randint", "random.string": "secrets.token_hex",
    "datetime.now": "datetime.datetime.now", "datetime.utcnow": "datetime.datetime.utcnow",
    "datetime.datetime.parse": "datetime.datetime.fromisoformat", "datetime.datetime.from_string": "strptime",
    "datetime.datetime.format": "strftime", "datetime.today": "datetime.date.today",
    "datetime.strptime": "datetime.datetime.strptime", "datetime.fromisoformat": "datetime.datetime.fromisoformat",
    "re.replace": "re.sub", "re.matches": "re.match", "re.test": "re.search", "re.find": "re.search",
    "re.find_all": "re.findall", "string.join": "str.join", "string.letters": "string.ascii_letters",
    "string.maketrans": "str.maketrans", "string.replace": "str.replace", "string.split": "str.split",
    "subprocess.exec": "subprocess.run", "subprocess.execute": "subprocess.run", "subprocess.check": "subprocess.run",
    "shutil.delete": "shutil.rmtree", "shutil.remove": "os.remove", "shutil.copy_tree": "shutil.copytree",
    "collections.Mapping": "collections.abc.Mapping", "collections.Iterable": "collections.abc.Iterable",
    "collections.Callable": "collections.abc.Callable", "collections.MutableMapping": "collections.abc.MutableMapping",
    "asyncio.async": "asyncio.create_task", "asyncio.spawn": "asyncio.create_task", "sys.args": "sys.argv",
    "itertools.flatten": "itertools.chain.from_iterable", "itertools.izip": "zip", "itertools.imap": "map",
    "itertools.chunked": "itertools.batched", "functools.memoize": "functools.cache", "time.clock": "time.perf_counter",
    "logging.warning_once": "logging.warning", "uuid.generate": "uuid.uuid4", "uuid.v4": "uuid.uuid4",
    "hashlib.hash": "hashlib.new", "base64.encode_string": "base64.b64encode",
    "urllib.urlopen": "urllib.request.urlopen",
    "urllib.urlencode": "urllib.parse.urlencode", "urllib.quote": "urllib.parse.quote", "os.getcwdb_path": "os.getcwd",
    "inspect.getargspec": "inspect.getfullargspec", "typing.list": "list", "secrets.random": "secrets.randbelow",
    "csv.read": "csv.reader", "csv.parse": "csv.reader", "pathlib.join": "pathlib.Path",
    "tempfile.create": "tempfile.mkstemp",
}  # fmt: skip
# Methods that only other languages have; on a value of unknown type they may still be right.
_FOREIGN: Mapping[str, str] = {
    "toLowerCase": "lower()", "toUpperCase": "upper()", "toString": "str(...)", "charAt": "[...]",
    "forEach": "a `for` loop",
    "hasOwnProperty": "`in`", "startsWith": "startswith()", "endsWith": "endswith()", "indexOf": "index() or find()",
    "lastIndexOf": "rindex()", "equalsIgnoreCase": "casefold()", "trim": "strip()", "addAll": "extend()",
    "isEmpty": "not",
    "containsKey": "`in`", "substring": "a slice", "toFixed": "round()", "parseInt": "int()", "has_key": "`in`",
    "iteritems": "items()", "itervalues": "values()", "iterkeys": "keys()", "unshift": "insert(0, ...)",
}  # fmt: skip
_SURELY_FOREIGN = frozenset(
    {"toLowerCase", "toUpperCase", "hasOwnProperty", "equalsIgnoreCase", "has_key", "iteritems", "charAt"}
)
_FOR_KNOWN_TYPES: Mapping[str, str] = {
    "length": "len(...)", "size": "len(...)", "push": "append()", "contains": "`in`", "add": "append()",
    "includes": "`in`",
    "concat": "`+`", "filter": "a comprehension", "map": "a comprehension", "first": "[0]", "last": "[-1]",
    "put": "[...] =",
    "reverse": "[::-1]", "append": "`+=`", "remove_all": "a comprehension", "strip_all": "strip()", "get": "[...]",
    "isNumeric": "isnumeric()", "slice": "a slice", "match": "re.match()", "each": "a `for` loop",
}  # fmt: skip


def lacks(owner: str, name: str, known: object) -> str:
    """Say that the module or class has no such name, and which was perhaps meant."""
    return f"`{owner}` has no `{name}`{suggestion(owner, name, known)}"


def suggestion(owner: str, name: str, known: object) -> str:
    """Return a question for the name that was perhaps meant; nothing if none comes to mind."""
    meant = _MEANT.get(f"{owner}.{name}")
    if meant is None and isinstance(known, (frozenset, dict)):
        names: Sequence[str] = [each for each in known if each != "**"]
        meant = next(iter(get_close_matches(name, names, 1, 0.75)), None)
    return f"; `{meant}` was meant?" if meant else ""


def meant_method(name: str) -> str | None:
    """Return what does the work of a method on a value whose type is known not to have it."""
    return {**_FOREIGN, **_FOR_KNOWN_TYPES}.get(name)


def foreign_method(name: str) -> str | None:
    """Return what does the work of a method that no type of Python's own has."""
    return _FOREIGN.get(name) if name in _SURELY_FOREIGN else None

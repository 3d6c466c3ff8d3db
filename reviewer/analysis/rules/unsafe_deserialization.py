import re
from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.code_text import CSHARP, JVM, PHP, RUBY, SCRIPT, languages_of, seen_in, sign
from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import called, is_false, is_true, literal_of, quote, value_of
from reviewer.analysis.place import Place, has_double_star, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, PythonRule, Sighting, TokenRule
from reviewer.analysis.template import called_name
from reviewer.analysis.tokens import Token

_PICKLES = ("pickle", "cPickle", "_pickle", "pickle5", "dill", "cloudpickle", "cloudpickle.cloudpickle", "marshal")
# Formats that name the code to run when they are read.
_READERS: Mapping[str, Severity] = {
    **{f"{module}.{name}": Severity.HIGH for module in _PICKLES for name in ("load", "loads", "Unpickler")},
    "dill.load_session": Severity.HIGH,
    "dill.load_module": Severity.HIGH,
    "pickle._Unpickler": Severity.HIGH,
    "pickle._load": Severity.HIGH,
    "pickle._loads": Severity.HIGH,
    **{f"jsonpickle.{name}": Severity.HIGH for name in ("decode", "loads", "Unpickler")},
    **{f"jsonpickle.unpickler.{name}": Severity.HIGH for name in ("decode", "loads", "Unpickler")},
    **{f"shelve.{name}": Severity.MEDIUM for name in ("open", "Shelf", "BsdDbShelf", "DbfilenameShelf")},
    **{f"{module}.load": Severity.MEDIUM for module in ("joblib", "sklearn.externals.joblib", "joblib.numpy_pickle")},
    **{f"compress_pickle.{name}": Severity.MEDIUM for name in ("load", "loads")},
    **{f"pandas{module}.read_pickle": Severity.MEDIUM for module in ("", ".io.pickle", ".io.api")},
    **{f"{module}.unsafe_load{rest}": Severity.HIGH for module in ("yaml", "ruamel.yaml") for rest in ("", "_all")},
    **{f"yaml.full_load{rest}": Severity.MEDIUM for rest in ("", "_all")},
    **{f"{module}.{name}": Severity.HIGH for module in ("yaml", "ruamel.yaml") for name in ("UnsafeLoader", "Loader")},
    "yaml.CLoader": Severity.HIGH,
    "kombu.serialization.pickle_loads": Severity.HIGH,
    "twisted.spread.jelly.unjelly": Severity.MEDIUM,
    "keras.config.enable_unsafe_deserialization": Severity.HIGH,
    "tensorflow.keras.config.enable_unsafe_deserialization": Severity.HIGH,
}
_YAML = frozenset({f"{module}.{name}" for module in ("yaml", "ruamel.yaml") for name in ("load", "load_all")})
_UNSAFE_LOADER = regex(r"(?:ruamel\.)?yaml\.(?:\w+\.)*(C?Loader|C?UnsafeLoader|C?FullLoader|RoundTripLoader)")
# A call is unsafe with one of its options given, or left out.
_TORCH = frozenset({"torch.load", "torch.serialization.load", "torch.package.load"})
_NUMPY = frozenset({"numpy.load", "numpy.lib.npyio.load"})
_KERAS = frozenset({"load_model", "deserialize_keras_object", "model_from_json"})
_CONNECTIONS = frozenset({"multiprocessing.connection.Client", "multiprocessing.connection.Listener"})
_SERIALIZER_SETTINGS = regex(
    r"(?:\w+_)?(?:SERIALIZERS?|ACCEPT_CONTENT|accept_content|serializers?|SERIALIZERS_ACCEPTED)"
)
_PICKLE_NAME = regex(r"""["'](?:pickle|dill|cloudpickle|[\w.]+\.PickleSerializer)["']""")
_OUTSIDE = regex(
    r"request|recv|\bbody\b|payload|cookie|\bform\b|upload|response|b64decode|untrusted|user|\bstdin\b|argv|input|"
    r"message|packet|socket|params?\b|download|urlopen|redis|header|environ",
    re.IGNORECASE,
)
_SIGNS = (
    sign(
        JVM,
        r"new ObjectInputStream\(|ObjectInputStream\((?=\w)|new XMLDecoder\(|SerializationUtils\.deserialize\(|"
        r"new HessianInput\(|new Kryo\(",
        "`{0}` can run code hidden in its input",
        unless=r"ObjectInputFilter|ValidatingObjectInputStream|setRegistrationRequired\(true",
    ),
    sign(
        JVM, r"new XStream\(", "`{0}` without a list of types builds any object", unless=r"allowTypes|allowTypesBy\w+"
    ),
    sign(JVM, r"new Yaml\(\)", "`{0}` can build any object", Severity.MEDIUM, unless="SafeConstructor"),
    sign(JVM, r"(?:enable|activate)DefaultTyping\(", "`{0}` lets the input name classes", Severity.MEDIUM),
    sign(PHP, r"(?<![\w>:$])unserialize\((?![^;\n]{0,120}allowed_classes)", "`{0}` can run code hidden in its input"),
    sign(RUBY, r"Marshal\.(?:load|restore)\b|YAML\.unsafe_load\b", "`{0}` can run code hidden in its input"),
    sign(RUBY, r"YAML\.load\b(?!_file)", "`{0}` can build any object; see `safe_load`", Severity.LOW),
    sign(
        CSHARP,
        r"new (?:BinaryFormatter|NetDataContractSerializer|LosFormatter|SoapFormatter|ObjectStateFormatter)\(",
        "`{0}` can run code hidden in its input",
    ),
    sign(
        CSHARP, r"TypeNameHandling=TypeNameHandling\.(?:All|Auto|Objects|Arrays)", "`{0}` lets the input name classes"
    ),
    sign(
        SCRIPT,
        r"\b(?:serialize\w*|nodeSerialize)\.unserialize\(|\bunserialize\((?=\w)|\bdeepDeserialize\(|"
        r"DEFAULT_FULL_SCHEMA",
        "`{0}` can run code hidden in its input",
    ),
)


class UnsafeDeserialization(PythonRule, TokenRule):
    """Data is read in a format that can run code.

    Why look: whoever can write the data can run any code here, as this process.
    Ask: who can write what is read here, and would JSON or a safe loader do?
    """

    informs = "security"
    severity = Severity.HIGH
    cwe = 502
    words = (
        "load", "ickle", "decode", "shelve", "Shelf", "Loader", "unsafe", "safe_mode", "pyobj", "jelly", "SERIALIZER",
        "serializer", "ACCEPT", "Client", "Listener", "YAML", "ObjectInput", "XMLDecoder", "erialize", "XStream",
        "new Yaml", "DefaultTyping", "Marshal", "Formatter", "TypeNameHandling", "Kryo", "DEFAULT_FULL",
    )  # fmt: skip
    visits = (cst.Call, cst.Assign)
    languages = languages_of(_SIGNS)

    INVALID = (
        Example("import pickle\n\ndef basket(cookie):\n    return pickle.loads(b64decode(cookie))\n"),
        Example("import cPickle as p\n\norders = p.Unpickler(stream).load()\n"),
        Example("from pickle import loads\n\nprint(loads(loads_of_tea))\n"),
        Example("import yaml\n\nsettings = yaml.load(text)\n"),
        Example("from yaml import Loader, load\n\nsettings = load(text, Loader=Loader)\n"),
        Example("import yaml\n\nsettings = yaml.load(text, yaml.UnsafeLoader)\nmore = yaml.full_load(text)\n"),
        Example("from ruamel.yaml import YAML\n\nyaml = YAML(typ='unsafe')\n"),
        Example("import numpy as np\n\nprices = np.load(path, allow_pickle=True)\n"),
        Example("import torch\n\nmodel = torch.load(path)\n"),
        Example("import pandas as pd\n\nprices = pd.read_pickle(path)\n"),
        Example("import joblib\n\nmodel = joblib.load(path)\n"),
        Example("import shelve\n\nwith shelve.open(path) as orders:\n    print(orders['tea'])\n"),
        Example("import dill, marshal, jsonpickle\n\ndill.load(f)\nmarshal.loads(b)\njsonpickle.decode(s)\n"),
        Example(
            "SESSION_SERIALIZER = 'django.contrib.sessions.serializers.PickleSerializer'\n", path="shop/settings.py"
        ),
        Example("from celery import Celery\n\napp = Celery('shop', accept_content=['json', 'pickle'])\n"),
        Example("import zmq\n\ndef receive(socket):\n    return socket.recv_pyobj()\n"),
        Example("from multiprocessing.connection import Listener\n\nlistener = Listener(('0.0.0.0', 6000))\n"),
        Example("import pickle\n\ncopy = pickle.loads(pickle.dumps(order))\n"),
        Example(
            "class A { Object read(InputStream in) { return new ObjectInputStream(in).readObject(); } }\n",
            path="shop/A.java",
        ),
        Example('<?php\n$order = unserialize($_COOKIE["order"]);\n', path="shop/order.php"),
        Example("order = Marshal.load(params[:order])\n", path="shop/order.rb"),
        Example("const order = serialize.unserialize(req.cookies.order);\n", path="shop/order.js"),
    )
    VALID = (
        Example("import pickle\n\ntext = pickle.dumps(order)\n"),
        Example("import json\n\norder = json.loads(text)\n"),
        Example("import yaml\n\na = yaml.safe_load(text)\nb = yaml.load(text, Loader=yaml.CSafeLoader)\n"),
        Example("import yaml\nfrom yaml import SafeLoader\n\nlist(yaml.load_all(text, SafeLoader))\n"),
        Example(
            "import yaml\n\nclass Strict(yaml.SafeLoader):\n    pass\n\nsettings = yaml.load(text, Loader=Strict)\n"
        ),
        Example("from ruamel.yaml import YAML\n\nyaml = YAML(typ='safe')\nsettings = yaml.load(path)\n"),
        Example("import numpy as np\n\nprices = np.load(path)\nmore = np.load(path, allow_pickle=False)\n"),
        Example("import torch\n\nmodel = torch.load(path, weights_only=True)\n"),
        Example("def restore(pickle):\n    return pickle.load(shelf)\n"),
        Example("from fickling import loads\n\norder = loads(text)\n"),
        Example("import pickle\n\ndef test_order():\n    assert pickle.loads(TEXT)\n", path="tests/test_order.py"),
        Example("from celery import Celery\n\napp = Celery('shop', accept_content=['json'])\n"),
        Example('// new ObjectInputStream(in)\nlog("new ObjectInputStream(in)");\n', path="shop/A.java"),
        Example('<?php\n$order = unserialize($text, ["allowed_classes" => false]);\n', path="shop/order.php"),
        Example("const order = JSON.parse(text);\n", path="shop/order.js"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test:
            return
        if isinstance(node, cst.Assign):
            yield from _setting(node, at)
        elif isinstance(node, cst.Call):
            yield from _reader(node, at)
            yield from _option(node, at)

    def check_tokens(self, tokens: Sequence[Token], file: ChangedFile) -> Iterator[LineSighting]:  # noqa: ARG002 - the text is made of them
        return seen_in(file, _SIGNS)


def _reader(call: cst.Call, at: Place) -> Iterator[Sighting]:
    name = called(call, at)
    severity = _READERS.get(name)
    if severity is not None:
        says = "reads a format that can run code"
        if _is_round_trip(call, at):
            yield Sighting(call, f"`{quote(call.func, at)}` only copies here; `copy.deepcopy` would do", Severity.INFO)
        else:
            yield Sighting(call, f"`{quote(call.func, at)}` {says}", _graver(severity, call, at))
    elif name in _YAML:
        yield from _yaml(call, at)
    elif name in _CONNECTIONS and keyword(call, "authkey") is None and not has_double_star(call):
        yield Sighting(call, f"`{quote(call.func, at)}` without `authkey` unpickles from any peer", Severity.MEDIUM)


def _graver(severity: Severity, call: cst.Call, at: Place) -> Severity:
    """What comes from outside is grave whatever reads it; what the same function wrote is not."""
    given = " ".join(at.code(argument.value) for argument in call.args)
    if _OUTSIDE.search(given):
        return Severity.HIGH
    if at.function is not None and re.search(r"\.dumps?\(", at.code(at.function)):
        return Severity.LOW
    return severity


def _is_round_trip(call: cst.Call, at: Place) -> bool:
    given = next(iter(positional(call)), None)
    source = value_of(given, at) if given is not None else None
    return isinstance(source, cst.Call) and called_name(source) == "dumps"


def _yaml(call: cst.Call, at: Place) -> Iterator[Sighting]:
    values = positional(call)
    loader = keyword(call, "Loader") or (values[1] if len(values) > 1 else None)
    if loader is None:
        if not has_double_star(call):
            yield Sighting(call, f"`{quote(call.func, at)}` has no `Loader`; the old default can run code")
        return
    kind = at.name(loader) if at.is_imported(loader) else None
    if kind is not None and _UNSAFE_LOADER.fullmatch(kind):
        severity = Severity.MEDIUM if "Full" in kind or "RoundTrip" in kind else Severity.HIGH
        yield Sighting(call, f"`{quote(call.func, at)}` with `{quote(loader, at)}` can build any object", severity)


def _option(call: cst.Call, at: Place) -> Iterator[Sighting]:
    """Report calls that are unsafe by an option given, or left out."""
    name = called(call, at)
    values = positional(call)
    if name in _NUMPY and is_true(keyword(call, "allow_pickle") or (values[2] if len(values) > 2 else None)):
        yield Sighting(call, f"`{quote(call.func, at)}` with `allow_pickle=True` can run code", Severity.MEDIUM)
    elif name in _TORCH and not is_true(keyword(call, "weights_only")) and not has_double_star(call):
        yield from _torch(call, at)
    elif called_name(call) in _KERAS and is_false(keyword(call, "safe_mode")):
        yield Sighting(call, f"`{quote(call.func, at)}` with `safe_mode=False` can run code", Severity.HIGH)
    elif called_name(call) == "YAML" and (typ := keyword(call, "typ")) is not None:
        if literal_of(typ, at) == "unsafe":
            yield Sighting(call, "`YAML(typ='unsafe')` can build any object")
    elif called_name(call) in ("recv_pyobj", "pickle_loads"):
        yield Sighting(call, f"`{quote(call.func, at)}` unpickles what a peer sent")
    else:
        for argument in call.args:
            if argument.keyword is not None and _is_serializer(argument.keyword.value, argument.value, at):
                yield Sighting(call, f"`{argument.keyword.value}` accepts pickles, which can run code", Severity.MEDIUM)


def _torch(call: cst.Call, at: Place) -> Iterator[Sighting]:
    given = keyword(call, "weights_only")
    if given is None or is_false(given):
        says = "without `weights_only=True`" if given is None else "with `weights_only=False`"
        yield Sighting(call, f"`{quote(call.func, at)}` {says} unpickles the file", Severity.MEDIUM)


def _setting(node: cst.Assign, at: Place) -> Iterator[Sighting]:
    for target in node.targets:
        name = at.code(target.target).rpartition(".")[2]
        if _is_serializer(name, node.value, at):
            yield Sighting(node, f"`{quote(target.target, at)}` accepts pickles, which can run code", Severity.MEDIUM)


def _is_serializer(name: str, value: cst.BaseExpression, at: Place) -> bool:
    return _SERIALIZER_SETTINGS.fullmatch(name) is not None and _PICKLE_NAME.search(at.code(value)) is not None

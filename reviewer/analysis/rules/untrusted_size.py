import re
from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.entries import is_route
from reviewer.analysis.finding import Severity
from reviewer.analysis.hops import given_to
from reviewer.analysis.origin import below, names_read
from reviewer.analysis.outside import entry_into, makers
from reviewer.analysis.place import Place, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

# What takes memory by the numbers it is given, and which of its arguments are those.
_CALLS = {
    "PIL.Image.new": (1,), "numpy.zeros": (0,), "numpy.ones": (0,), "numpy.empty": (0,), "numpy.full": (0,),
    "numpy.arange": (0, 1), "numpy.linspace": (2,), "numpy.random.rand": (0, 1), "numpy.random.randn": (0, 1),
    "bytes": (0,), "bytearray": (0,), "os.urandom": (0,), "secrets.token_bytes": (0,), "secrets.token_hex": (0,),
    "random.randbytes": (0,), "torch.zeros": (0, 1), "torch.ones": (0, 1), "torch.empty": (0, 1),
    "itertools.repeat": (1,), "cairo.ImageSurface": (1, 2), "matplotlib.pyplot.figure": (),
}  # fmt: skip
_RESIZING = frozenset({"resize", "thumbnail"})
_LIMITED = regex(
    r"\b(?:le|lt|max_value|maximum|multiple_of|max|gt_and_le|validators?|schema|range)\s*=|conint|Literal|Enum|NumberRange"
)
_MOST_HOPS = 3


class UntrustedSize(PythonRule):
    """A number that a request brings says how much memory is taken, and nothing limits it.

    Why look: one request for a picture of a million by a million dots ends the process.
    Ask: how large may it be at most?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 770
    visits = (cst.Call, cst.BinaryOperation)
    words = ("new(", "zeros(", "ones(", "empty(", "full(", "bytes(", "bytearray(", "urandom(", "resize(", "thumbnail(",
        "] *", '" *', "' *", "token_", "arange(", "linspace(", "rand(", "randn(", "repeat(", "Surface(",
    )  # fmt: skip

    INVALID = (
        Example(
            "from flask import Flask, request\nfrom PIL import Image\n\napp = Flask(__name__)\n\n\n@app.get('/leaf')\n"
            "def leaf():\n    width = int(request.args['width'])\n    return Image.new('RGB', (width, 100))\n"
        ),
        Example(
            "from fastapi import FastAPI, Query\nfrom PIL import Image\n\napp = FastAPI()\n\n\ndef draw(size):\n"
            "    return Image.new('L', (size, size))\n\n\n@app.get('/leaf')\ndef leaf(size: int = Query(64)):\n"
            "    return draw(size)\n"
        ),
        Example(
            "import numpy as np\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/field')\n"
            "def field(rows: int, columns: int):\n    return np.zeros((rows, columns)).tolist()\n"
        ),
        Example(
            "from flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.get('/fill')\n"
            "def fill():\n    return 'x' * int(request.args.get('count', 1))\n"
        ),
    )
    VALID = (
        Example(
            "from flask import Flask, request\nfrom PIL import Image\n\napp = Flask(__name__)\n\n\n@app.get('/leaf')\n"
            "def leaf():\n    width = min(int(request.args['width']), 800)\n    return Image.new('RGB', (width, 100))\n"
        ),
        Example(
            "from fastapi import FastAPI, Query\nfrom PIL import Image\n\napp = FastAPI()\n\n\ndef draw(size):\n"
            "    return Image.new('L', (size, size))\n\n\n@app.get('/leaf')\n"
            "def leaf(size: int = Query(64, ge=1, le=512)):\n    return draw(size)\n"
        ),
        Example(
            "import numpy as np\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/field')\n"
            "def field(rows: int):\n    if not 0 < rows <= 100:\n        raise ValueError(rows)\n"
            "    return np.zeros(rows).tolist()\n"
        ),
        Example("import numpy as np\n\n\ndef field(rows: int):\n    return np.zeros(rows)\n"),
        Example(
            "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/price')\ndef price(count: int):\n"
            "    return 3 * count\n"
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if at.file.is_test or at.function is None:
            return
        for size in _sizes(node, at):
            for name in dict.fromkeys(names_read(size)):
                if _is_unlimited(name, at, 0):
                    yield Sighting(node, f"`{name}` comes from a request and says how much memory is taken")
                    return
            numbers = [element.value for element in size.elements] if isinstance(size, cst.Tuple) else [size]
            if any(_is_number_of_request(number, at) for number in numbers):
                yield Sighting(node, "a number of the request says how much memory is taken")
                return


def _sizes(node: cst.CSTNode, at: Place) -> Iterator[cst.BaseExpression]:
    match node:
        case cst.Call():
            name, values = at.name(node.func) or "", positional(node)
            places = _CALLS.get(name, ())
            if name not in ("bytes", "bytearray") and not at.is_imported(node.func):
                places = ()
            if called_name(node) in _RESIZING and isinstance(node.func, cst.Attribute):
                places = (0,)
            yield from (values[place] for place in places if place < len(values))
        case cst.BinaryOperation(left=left, operator=cst.Multiply(), right=right):
            if isinstance(left, (cst.List, cst.SimpleString)):
                yield right


def _number_in(size: cst.BaseExpression) -> cst.BaseExpression:
    """Return what `int(...)` makes a number of."""
    while isinstance(size, cst.Call) and called_name(size) in ("int", "float", "round") and size.args:
        size = size.args[0].value
    return size


def _is_unlimited(name: str, at: Place, hops: int) -> bool:
    """True if a request brings the number that a name holds, here or in a caller, and nobody compares it."""
    function = at.function
    if function is None or _is_compared(name, at.code(function.body)):
        return False
    params = (*function.params.params, *function.params.kwonly_params, *function.params.posonly_params)
    param = next((one for one in params if one.name.value == name), None)
    if param is None:
        return any(_is_number_of_request(made, at) for made in makers(cst.Name(name), at))
    if is_route(function, at):
        said = at.code(param)
        return "int" in said and _LIMITED.search(said) is None and "Depends" not in said
    for _, hop in given_to(param, function, at) if hops < _MOST_HOPS else ():
        if _is_number_of_request(hop.node, hop.at):
            return True
        if any(_is_unlimited(each, hop.at, hops + 1) for each in names_read(hop.node)):
            return True
    return False


def _is_number_of_request(node: cst.BaseExpression, at: Place) -> bool:
    """True for `int(request.args["width"])`, and for `request.args.get("width", type=int)`."""
    if isinstance(node, cst.Call) and called_name(node) in ("min", "max", "clamp", "len"):
        return False
    calls = [part for part in below(node) if isinstance(part, cst.Call)]
    is_number = any(called_name(call) == "int" for call in calls) or "type=int" in at.code(node).replace(" ", "")
    if not is_number:
        return False
    entry = entry_into(_number_in(node), at)
    return entry is not None and entry.is_remote


def _is_compared(name: str, code: str) -> bool:
    """True if the function compares the number, or gives it to a call that limits or checks it."""
    word = rf"\b{re.escape(name)}\b"
    limited = rf"\b(?:min|max|clamp\w*|valid\w*|check\w*)\([^()\n]*{word}"
    return re.search(rf"[<>]=?\s*{word}|{word}\s*(?:[<>]|in\b|not in\b)|{limited}", code) is not None

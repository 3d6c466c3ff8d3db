from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.origin import names_read
from reviewer.analysis.outside import makers
from reviewer.analysis.place import Place, dotted_name, positional, string_value
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.secrets import names_password, names_secret
from reviewer.analysis.template import called_name, template_of

_WRITING = frozenset({"write", "write_text", "write_bytes", "dump", "safe_dump"})
_TEXTS = frozenset({"dumps", "safe_dump", "dump", "str", "encode", "b64encode", "join", "format"})
# Others may not read the file, or cannot.
_KEPT = regex(
    r"0o?[46]00\b|S_IRUSR|chmod|umask|opener=|keyring|encrypt|Fernet|vault|cipher|protect|NamedTemporaryFile|mkstemp|"
    r"StringIO|BytesIO|netrc|set_password|private_bytes"
)
# A word of a parser, a name of a column, and what everybody may know.
_HARMLESS = regex(
    r"(?:^|_)(?:public|csrf|page|next|continuation|primary|foreign|sort|cache|partition)_\w+|tokens?|auth|salt|"
    r"(?:^|\w+_)(?:hash|hashed|digest|name|id|path|file|url|field)"
)
_TALKS = regex(
    r"(?:\w*(?:conn|sock|stream|writer|response|request|buffer|out|stdout|stderr|wfile|transport|proc|stdin)\w*)"
)


class SecretInFile(PythonRule):
    """A token or a key is written to a file that others may read.

    Why look: backups, other users of the machine and other programs read it, long after it was needed.
    Ask: could the keyring of the system hold it, or is the file at least its owner's alone?
    """

    informs = "security"
    severity = Severity.MEDIUM
    cwe = 312
    visits = (cst.Call,)
    words = ("write", "dump")

    INVALID = (
        Example(
            "import json\nfrom pathlib import Path\n\n\ndef keep(refresh_token):\n"
            "    Path('state.json').write_text(json.dumps({'refresh_token': refresh_token}))\n"
        ),
        Example("def keep(api_key):\n    with open('key.txt', 'w') as file:\n        file.write(api_key)\n"),
        Example(
            "import json\n\n\ndef keep(who, access_token):\n    state = {'who': who, 'token': access_token}\n"
            "    with open(STATE, 'w') as file:\n        json.dump(state, file)\n"
        ),
        Example("def keep(file, client_secret):\n    file.write(f'secret={client_secret}\\n')\n"),
    )
    VALID = (
        Example(
            "import os\n\n\ndef keep(api_key):\n    with open('key.txt', 'w') as file:\n        file.write(api_key)\n"
            "    os.chmod('key.txt', 0o600)\n"
        ),
        Example("def keep(file, tokens):\n    for token in tokens:\n        file.write(token)\n"),
        Example("def keep(path, api_key):\n    path.write_bytes(box.encrypt(api_key))\n"),
        Example("def keep(path, public_key):\n    path.write_text(public_key)\n"),
        Example("def ask(conn, password):\n    conn.write(password)\n"),
        Example(
            "import json\n\n\ndef keep(path, page_token):\n    path.write_text(json.dumps({'next': page_token}))\n"
        ),
        Example(
            "from pathlib import Path\n\n\ndef test_keep(api_key):\n    Path('key').write_text(api_key)\n",
            path="tests/test_keep.py",
        ),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or called_name(node) not in _WRITING or at.file.is_test or at.file.is_example:
            return
        values = positional(node)
        if not values or not isinstance(node.func, cst.Attribute) or at.function is None:
            return
        owner = (dotted_name(node.func.value) or "").rpartition(".")[2]
        is_dump = called_name(node) in ("dump", "safe_dump")
        if (
            (is_dump and len(values) < 2)
            or (not is_dump and _TALKS.fullmatch(owner))
            or _KEPT.search(at.code(at.function))
        ):
            return
        name = _secret_in(values[0], at)
        # What is typed to log in is what plaintext-password-store speaks about.
        if name is not None and not names_password(name):
            yield Sighting(node, f"`{name}` is written to a file as it is")


def _secret_in(node: cst.BaseExpression, at: Place) -> str | None:
    """Return the name of the secret among what is written."""
    todo: list[cst.CSTNode] = [node]
    seen: set[str] = set()
    while todo:
        part = todo.pop()
        name = (dotted_name(part) or "").rpartition(".")[2]
        if name and _is_secret(name):
            return name
        match part:
            case cst.Name() if part.value not in seen:
                seen.add(part.value)
                todo += [made for made in makers(part, at) if made is not part]
            case cst.Dict(elements=elements):
                for element in elements:
                    key = string_value(element.key) if isinstance(element, cst.DictElement) else None
                    is_written_here = isinstance(element.value, (cst.SimpleString, cst.Integer))
                    if key is not None and _is_secret(key) and not is_written_here and any(names_read(element.value)):
                        return key
                todo += [element.value for element in elements]
            case cst.Call() if called_name(part) in _TEXTS:
                todo += [argument.value for argument in part.args if argument.keyword is None]
                todo += [part.func.value] if isinstance(part.func, cst.Attribute) else []
            case cst.FormattedString() | cst.BinaryOperation():
                template = template_of(part)
                todo += list(template.values) if template is not None else []
    return None


def _is_secret(name: str) -> bool:
    return names_secret(name) and _HARMLESS.fullmatch(name.lower()) is None and not name.isupper()

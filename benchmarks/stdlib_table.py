"""Writes reviewer/analysis/stdlib.txt: what the modules of the standard library offer, in any version of Python 3.

Reads the stubs that mypy brings along. usage: python benchmarks/stdlib_table.py
"""

import ast
from importlib.util import find_spec
from pathlib import Path

TARGET = Path(__file__).parent.parent / "reviewer" / "analysis" / "stdlib.txt"
LEFT_OUT = [
    "antigravity",
    "curses",
    "distutils",
    "encodings",
    "idlelib",
    "lib2to3",
    "msilib",
    "nntplib",
    "pydoc_data",
    "pyexpat",
    "sre_compile",
    "sre_constants",
    "sre_parse",
    "this",
    "posix",
    "posixpath",
    "ntpath",
    "xml.dom.expatbuilder",
    "genericpath",
    "nturl2path",
    "opcode",
    "symbol",
    "tkinter",
    "turtle",
    "ensurepip",
    "venv",
    "wsgiref",
    "xxlimited",
    "nt",
    "winreg",
    "_winapi",
    "winsound",
]
ONLY_TYPES = ("typing", "typing_extensions", "_typeshed", "collections.abc", "abc", "types")
HEAD = """\
# What the standard library offers, by module, over all versions of Python 3 that are maintained and some before.
# `=` a module; its names, `name(parameters)` for what takes these by keyword, `**` for any;
# `Name:Base,Base` a class with its members below, after a `.`; `*` stands for names nobody can list.
# Made by benchmarks/stdlib_table.py.
"""


def main() -> None:
    spec = find_spec("mypy")
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent / "typeshed" / "stdlib"
    stubs = Stubs(root)
    lines = []
    for path in sorted(root.rglob("*.pyi")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        if {name, name.split(".")[0]} & set(LEFT_OUT) or any(part.startswith("_") for part in name.split(".")):
            continue
        lines += [f"={name}", *stubs.describe(name)]
    TARGET.write_text(HEAD + "\n".join(lines) + "\n")
    print(f"{len(lines)} lines, {TARGET.stat().st_size} bytes")


class Stubs:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.trees: dict[str, ast.Module | None] = {}
        self.known: dict[str, dict[str, list[ast.AST]]] = {}

    def tree(self, name: str) -> ast.Module | None:
        if name not in self.trees:
            base = self.root.joinpath(*name.split("."))
            path = base / "__init__.pyi" if base.is_dir() else base.with_suffix(".pyi")
            self.trees[name] = ast.parse(path.read_text()) if path.is_file() else None
        return self.trees[name]

    def names(self, module: str) -> dict[str, list[ast.AST]]:
        if module in self.known:  # modules that import each other see what is known so far
            return self.known[module]
        found: dict[str, list[ast.AST]] = {}
        self.known[module] = found
        tree = self.tree(module)
        for node in flat(tree.body) if tree else ():
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    found.setdefault(name, []).append(node)
                case ast.AnnAssign(target=ast.Name(id=name)):
                    found.setdefault(name, []).append(node)
                case ast.Assign(targets=targets):
                    for target in targets:
                        if isinstance(target, ast.Name):
                            found.setdefault(target.id, []).append(self.alias_of(module, node.value) or node)
                case ast.Import(names=aliases):
                    for alias in aliases:
                        found.setdefault(alias.asname or alias.name.split(".")[0], []).append(node)
                case ast.ImportFrom():
                    self.imported(module, node, found)
        base = self.root.joinpath(*module.split("."))
        for path in base.iterdir() if base.is_dir() else ():
            found.setdefault(path.stem, []).append(ast.Pass())
        return found

    def alias_of(self, module: str, value: ast.expr) -> ast.AST | None:
        tree = self.tree(module)
        if isinstance(value, ast.Name) and tree:
            return next((n for n in flat(tree.body) if getattr(n, "name", None) == value.id), None)
        return None

    def imported(self, module: str, node: ast.ImportFrom, found: dict[str, list[ast.AST]]) -> None:
        package = module.split(".")
        if node.level:
            is_package = self.root.joinpath(*package).is_dir()
            package = package[: len(package) - node.level + is_package]
            source = ".".join([*package, *([node.module] if node.module else [])])
        else:
            source = node.module or ""
        inner = self.names(source) if source != module else {}
        for alias in node.names:
            if alias.name == "*":
                for name, nodes in inner.items():
                    if not name.startswith("_"):
                        found.setdefault(name, []).extend(nodes)
            elif alias.asname or source not in ONLY_TYPES:
                # A name that is passed on on purpose stands there as `x as x`.
                nodes = inner.get(alias.name, [node]) if alias.asname or source.startswith("_") else [node]
                found.setdefault(alias.asname or alias.name, []).extend(nodes)

    def describe(self, module: str) -> list[str]:
        names = self.names(module)
        lines = []
        if "__getattr__" in names:
            lines.append("*")
        for name, nodes in sorted(names.items()):
            if name.startswith("_"):
                continue
            classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
            functions = [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
            if classes and len(classes) == len(nodes):
                lines += self.describe_class(name, classes)
            elif functions and len(functions) == len(nodes):
                lines.append(name + parameters(functions, 0))
            else:
                lines.append(name)
        return lines

    def describe_class(self, name: str, nodes: list[ast.ClassDef]) -> list[str]:
        bases: set[str] = set()
        members: set[str] = set()
        makers: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
        is_odd = False
        for node in nodes:
            for base in node.bases:
                text = ast.unparse(base.value if isinstance(base, ast.Subscript) else base)
                if text in ("Generic", "Protocol", "object"):
                    continue
                bases.add(text)
            is_odd = is_odd or any(k.arg != "metaclass" or "ABC" not in ast.unparse(k.value) for k in node.keywords)
            is_odd = is_odd or bool(node.decorator_list and "dataclass" in ast.dump(node.decorator_list[0]))
            for part in flat(node.body):
                match part:
                    case ast.FunctionDef(name=member) | ast.AsyncFunctionDef(name=member):
                        if member in ("__getattr__", "__getattribute__"):
                            members.add("*")
                        if member in ("__init__", "__new__"):
                            makers.append(part)
                        members.add(member)
                    case ast.AnnAssign(target=ast.Name(id=member)) | ast.ClassDef(name=member):
                        members.add(member)
                    case ast.Assign(targets=targets):
                        members.update(t.id for t in targets if isinstance(t, ast.Name))
                    case ast.ImportFrom() | ast.Import():
                        members.add("*")
        odd = {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "NamedTuple", "TypedDict", "enum.Enum"}
        shown = parameters(makers, 1) if makers and not is_odd and not bases & odd else ""
        public = sorted(m for m in members if m == "*" or not m.startswith("_"))
        named = ",".join(sorted(bases))
        return [f"{name}{shown}:{named}", *(["." + " ".join(public)] if public else [])]


def parameters(functions: list, bound: int) -> str:
    """Return `(a,b,**)`: all that any overload takes by keyword."""
    known: dict[str, None] = {}
    is_open = False
    for function in functions:
        decorators = " ".join(ast.unparse(d) for d in function.decorator_list)
        if decorators.replace("overload", "").replace("type_check_only", "").strip() and "deprecated" not in decorators:
            is_open = is_open or "property" in decorators
        args = function.args
        names = [arg.arg for arg in args.args][max(0, bound - len(args.posonlyargs)) :]
        known.update(
            dict.fromkeys(name for name in [*names, *(a.arg for a in args.kwonlyargs)] if not name.startswith("__"))
        )
        is_open = is_open or args.kwarg is not None
    return f"({','.join([*known, *(['**'] if is_open else [])])})"


def flat(body: list) -> list:
    """Return the statements of all versions and platforms."""
    found = []
    for node in body:
        if isinstance(node, ast.If):
            found += [*flat(node.body), *flat(node.orelse)]
        elif isinstance(node, ast.Try):
            found += flat(node.body)
        else:
            found.append(node)
    return found


main()

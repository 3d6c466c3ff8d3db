"""Which calls take a path, and which expressions make one or are one."""

from collections.abc import Iterator, Mapping

import libcst as cst

from reviewer.analysis.outside import makers
from reviewer.analysis.place import Place, dotted_name, keyword, positional
from reviewer.analysis.template import called_name, template_of

_FIRST = (0,)
_BOTH = (0, 1)
_OF_OS = (
    "open remove unlink rmdir removedirs mkdir makedirs listdir scandir walk chdir chmod chown truncate utime readlink"
    " mkfifo mknod"
)
# Which arguments are paths.
_CALLS: Mapping[str, tuple[int, ...]] = {
    "open": _FIRST,
    **dict.fromkeys(("io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "aiofiles.open"), _FIRST),
    **dict.fromkeys(("builtins.open", "io.FileIO", "fileinput.input", "linecache.getlines", "mmap.mmap"), _FIRST),
    **{f"os.{name}": _FIRST for name in _OF_OS.split()},
    **{f"os.{name}": _BOTH for name in ("rename", "renames", "replace", "link", "symlink")},
    **{f"aiofiles.os.{name}": _FIRST for name in ("remove", "unlink", "rmdir", "mkdir", "makedirs", "listdir", "stat")},
    **{f"shutil.{name}": _BOTH for name in ("copy", "copy2", "copyfile", "copytree", "move", "unpack_archive")},
    **{f"shutil.{name}": _FIRST for name in ("rmtree", "make_archive", "chown")},
    "flask.send_file": _FIRST,
    "quart.send_file": _FIRST,
    "flask.send_from_directory": _FIRST,
    "flask.helpers.send_file": _FIRST,
    "werkzeug.utils.send_file": _FIRST,
    "bottle.static_file": (1,),
    "starlette.responses.FileResponse": _FIRST,
    "fastapi.responses.FileResponse": _FIRST,
    "aiohttp.web.FileResponse": _FIRST,
    "django.views.static.serve": (1,),
    "tarfile.open": _FIRST,
    "tarfile.TarFile": _FIRST,
    "zipfile.ZipFile": _FIRST,
    "shelve.open": _FIRST,
    "dbm.open": _FIRST,
    "sqlite3.connect": _FIRST,
    "glob.glob": _FIRST,
    "glob.iglob": _FIRST,
    "PIL.Image.open": _FIRST,
    "numpy.load": _FIRST,
    "numpy.loadtxt": _FIRST,
    **{f"pandas.read_{name}": _FIRST for name in ("csv", "excel", "json", "parquet", "table", "fwf", "feather")},
    "configparser.ConfigParser.read": _FIRST,
    "flask.render_template": _FIRST,
    "django.shortcuts.render": (1,),
    "xml.etree.ElementTree.parse": _FIRST,
    "lxml.etree.parse": _FIRST,
    "runpy.run_path": _FIRST,
    "dotenv.load_dotenv": _FIRST,
}
_KEYWORDS = ("path", "file", "filename", "src", "dst", "path_or_file", "name", "filename_or_fp", "directory")
PATH_MAKERS = frozenset(
    {f"pathlib.{name}" for name in ("Path", "PurePath", "PosixPath", "PurePosixPath")} | {"anyio.Path", "os.path.join"}
)
_PATH_METHODS = frozenset(
    {"open", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "rmdir", "mkdir", "touch", "rename"}
    | {"replace", "iterdir", "symlink_to", "hardlink_to", "chmod", "glob", "rglob"}
)
_SAVING = frozenset({"save", "save_as"})
_NAMING = frozenset({"filename", "name", "raw_filename"})


def paths_given(call: cst.Call, at: Place) -> Iterator[cst.BaseExpression]:
    """Yield the arguments of a call that are paths, and the path whose method it is."""
    name = at.name(call.func) or ""
    if name in _CALLS and (at.is_imported(call.func) or name == "open"):
        values = positional(call)
        yield from (values[position] for position in _CALLS[name] if position < len(values))
        for given in () if values else _KEYWORDS:
            value = keyword(call, given)
            if value is not None:
                yield value
        return
    if not isinstance(call.func, cst.Attribute) or at.is_imported(call.func):
        return
    method, owner = called_name(call), call.func.value
    if method in _PATH_METHODS and _is_path(owner, at):
        yield owner
    elif _saves(method, owner, call, at):
        yield call.args[0].value


def _saves(method: str, owner: cst.BaseExpression, call: cst.Call, at: Place) -> bool:
    if not call.args:
        return False
    if method in ("open", "save", "delete") and (dotted_name(owner) or "").endswith("storage"):
        return True
    return method in _SAVING and _is_file_name(call.args[0].value, at)


def _is_file_name(node: cst.BaseExpression, at: Place) -> bool:
    """True if what is saved to reads as a path: joined, formatted, or the name of an uploaded file."""
    for made in makers(node, at):
        if template_of(made) is not None or isinstance(made, cst.BinaryOperation):
            return True
        if isinstance(made, cst.Attribute) and made.attr.value in _NAMING:
            return True
        if isinstance(made, cst.Call) and (at.name(made.func) in PATH_MAKERS or called_name(made) in ("str", "join")):
            return True
    return False


def _is_path(node: cst.BaseExpression, at: Place) -> bool:
    """True for `Path(...)`, `base / name`, what is made of them, and names bound to them."""
    for made in makers(node, at):
        if isinstance(made, cst.BinaryOperation) and isinstance(made.operator, cst.Divide):
            return True
        if not isinstance(made, cst.Call):
            continue
        is_method = isinstance(made.func, cst.Attribute) and called_name(made) in ("joinpath", "resolve", "absolute")
        if is_method or at.name(made.func) in PATH_MAKERS:
            return True
    return False

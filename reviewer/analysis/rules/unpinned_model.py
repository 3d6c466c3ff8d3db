from collections.abc import Iterator

import libcst as cst

from reviewer.analysis.finding import Severity
from reviewer.analysis.literals import called, is_true, literal_of, quote
from reviewer.analysis.place import Place, has_double_star, keyword, positional
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, PythonRule, Sighting
from reviewer.analysis.template import called_name

_LIBRARIES = frozenset({
    "transformers", "datasets", "huggingface_hub", "diffusers", "peft", "sentence_transformers", "tokenizers",
    "optimum", "timm", "torch",
})  # fmt: skip
_LOADERS = frozenset({
    "from_pretrained", "load_dataset", "hf_hub_download", "snapshot_download", "pipeline", "load_dataset_builder",
    "SentenceTransformer", "cached_file", "from_single_file",
})  # fmt: skip
# Where the name of what is loaded stands, if not in front.
_NAMES = ("repo_id", "pretrained_model_name_or_path", "path", "model", "model_id", "model_name_or_path")
_COMMIT = regex(r"[0-9a-f]{40}")
_LOCAL = regex(r"(?:\.{0,2}/|~|[A-Za-z]:[\\/])")
_BUILDERS = frozenset(
    {"json", "csv", "parquet", "text", "imagefolder", "audiofolder", "arrow", "pandas", "xml", "webdataset"}
)


class UnpinnedModel(PythonRule):
    """A model or data set is downloaded in whatever state it is in by then.

    Why look: its owner, or whoever gets hold of the account, can put another one in its place.
    Ask: which commit was looked at, and could it be named in `revision=`?
    """

    informs = "security"
    severity = Severity.INFO
    cwe = 494
    words = (
        "from_pretrained",
        "load_dataset",
        "_download",
        "pipeline",
        "trust_remote_code",
        "SentenceTransformer",
        "hub",
    )
    visits = (cst.Call,)

    INVALID = (
        Example("from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained('tea/taste')\n"),
        Example("from datasets import load_dataset\n\nprices = load_dataset('tea/prices', revision='main')\n"),
        Example(
            "from huggingface_hub import hf_hub_download\n\npath = hf_hub_download(repo_id='tea/x', filename='y')\n",
        ),
        Example("from transformers import AutoModel\n\nm = AutoModel.from_pretrained(name, trust_remote_code=True)\n"),
        Example("import torch\n\nmodel = torch.hub.load('tea/taste', 'green', trust_repo=True)\n"),
    )
    VALID = (
        Example(
            f"from transformers import AutoModel\n\nm = AutoModel.from_pretrained('t/x', revision='{'0a1b2' * 8}')\n"
        ),
        Example("from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained('./models/taste')\n"),
        Example(
            "from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained(path, local_files_only=True)\n",
        ),
        Example("from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained(name, revision=COMMIT)\n"),
        Example("from datasets import load_dataset\n\nprices = load_dataset('csv', data_files='prices.csv')\n"),
        Example("def pipeline(name):\n    return from_pretrained(name)\n\npipeline('tea/taste')\n"),
    )

    def check(self, node: cst.CSTNode, at: Place) -> Iterator[Sighting]:
        if not isinstance(node, cst.Call) or at.file.is_test or called(node, at).partition(".")[0] not in _LIBRARIES:
            return
        shown = quote(node.func, at)
        if is_true(keyword(node, "trust_remote_code")) or is_true(keyword(node, "trust_repo")):
            yield Sighting(node, f"`{shown}` runs code that comes with the download", Severity.MEDIUM)
        elif called_name(node) in _LOADERS and not has_double_star(node) and _is_floating(node, at):
            yield Sighting(node, f"`{shown}` takes what is there that day; `revision=` can name a commit")


def _is_floating(call: cst.Call, at: Place) -> bool:
    if is_true(keyword(call, "local_files_only")) or _is_local(call, at):
        return False
    given = keyword(call, "revision")
    if isinstance(given, cst.Name):
        return False
    revision = literal_of(given, at) if given is not None else ""
    return isinstance(revision, str) and _COMMIT.fullmatch(revision) is None


def _is_local(call: cst.Call, at: Place) -> bool:
    """True if the name is a path, is not known here, or only says how to read local files."""
    named = (keyword(call, word) for word in _NAMES)
    given = next((one for one in named if one is not None), None) or next(iter(positional(call)), None)
    name = literal_of(given, at) if given is not None else None
    return not isinstance(name, str) or _LOCAL.match(name) is not None or name in _BUILDERS

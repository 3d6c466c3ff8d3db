import ast
import re
from collections.abc import Iterator

from reviewer.analysis.change import ChangedFile
from reviewer.analysis.finding import Severity
from reviewer.analysis.regex import regex
from reviewer.analysis.rule import Example, LineSighting, ModuleRule
from reviewer.analysis.source import Source, nodes_in
from reviewer.analysis.syntax import Function, Syntax, code, dotted_name, last_name, syntax_of

_PAGED = regex(
    r"next|cursor|continuation|paginat|paginate|has_more|last_?evaluated|is_?truncated|marker|offset|start_at|\bpage\b|"
    r"scroll|all_pages|links",
    re.IGNORECASE,
)
_SIZE = frozenset(
    {"per_page", "page_size", "limit", "pageSize", "maxResults", "max_results", "size", "count", "perPage"}
)
_CLIENT = regex(r"_?(\w+_)?(session|client|requests|httpx|http|api)")
# Of a path such as `/orgs/{name}/repos` the last word says that many are asked for.
_MANY = regex(
    r"/(?!status|news|address|access|process|analysis|https|details|stats|metrics|settings|has|is)[a-z_-]{2,}s/?$"
)
# Lists of AWS, which end at a thousand or at a megabyte.
_AWS = frozenset(
    {"list_objects", "list_objects_v2", "list_users", "list_roles", "list_functions", "list_tables", "list_policies"}
    | {"describe_instances", "describe_snapshots", "describe_volumes", "describe_log_streams", "describe_log_groups"}
    | {"list_secrets", "list_queues", "list_topics", "list_clusters", "list_stacks", "list_tasks", "filter_log_events"}
    | {"describe_images", "list_object_versions", "list_hosted_zones", "list_resource_record_sets", "list_buckets_v2"}
)
_LONGEST = 60


class FirstPageOnly(ModuleRule):
    """Only the first page of an answer in pages is read.

    Why look: it is right with the few entries of a test account, and quietly leaves out the rest later.
    Ask: how does this interface say that there is more?
    """

    informs = "edge-cases"
    severity = Severity.LOW
    words = (
        "per_page",
        "page_size",
        "limit",
        "maxResults",
        "size",
        "count",
        "list_",
        "describe_",
        "filter_log",
        ".json(",
    )

    INVALID = (
        Example(
            "import requests\n\ndef teas(url):\n    answer = requests.get(url, params={'per_page': 100}, timeout=9)\n"
            "    return [tea['name'] for tea in answer.json()]\n"
        ),
        Example(
            "class Shop:\n    def f(self, name):\n        found = self.session.get(f'{self.url}/shops/{name}/teas')\n"
            "        return [tea['id'] for tea in found.json()]\n"
        ),
        Example(
            "import httpx\n\nasync def load(client, url):\n    answer = await client.get(f'{url}/orders')\n"
            "    found = answer.json()\n    for order in found['orders']:\n        keep(order)\n"
        ),
        Example(
            "import boto3\n\ndef files(bucket):\n    answer = boto3.client('s3').list_objects_v2(Bucket=bucket)\n"
            "    return [each['Key'] for each in answer['Contents']]\n"
        ),
    )
    VALID = (
        Example(
            "import requests\n\ndef f(url):\n    while url:\n        answer = requests.get(url, params={'size': 9})\n"
            "        yield from answer.json()\n        url = answer.links.get('next', {}).get('url')\n"
        ),
        Example(
            "import requests\n\ndef teas(url, page):\n    answer = requests.get(f'{url}/teas', params={'page': page})\n"
            "    return [tea['name'] for tea in answer.json()]\n"
        ),
        Example(
            "import boto3\n\ndef files(bucket):\n    pages = boto3.client('s3').get_paginator('list_objects_v2')\n"
            "    return [each for page in pages.paginate(Bucket=bucket) for each in page['Contents']]\n"
        ),
        Example(
            "import requests\n\ndef tea(url, number):\n    answer = requests.get(f'{url}/teas/{number}')\n"
            "    return [part for part in answer.json()['parts']]\n"
        ),
        Example(
            "import requests\n\ndef newest(url):\n    answer = requests.get(f'{url}/teas', params={'limit': 1})\n"
            "    return answer.json()[0]\n"
        ),
        Example("def list_functions(self):\n    return self.shop.list_functions()\n"),
    )

    def check_module(self, source: Source, file: ChangedFile) -> Iterator[LineSighting]:
        if file.is_test or file.is_example:
            return
        tree = syntax_of(source)
        has_aws = any(
            origin.partition(".")[0] in ("boto3", "aioboto3", "botocore") for origin in source.imports.values()
        )
        for call in tree.called("get", *_AWS) if has_aws else tree.called("get"):
            function = tree.function(call)
            if function is None or any(True for _ in tree.loops(call)) or _asks_for_more(function):
                continue
            if last_name(call.func) in _AWS:
                message = f"`{code(call.func)}` gives one page, and nothing asks whether there is more"
                yield LineSighting(tree.line(call), message, Severity.MEDIUM)
            elif _is_listed(call) and _is_gone_through(tree, call, function):
                yield LineSighting(tree.line(call), f"`{code(call)}` reads one page, and nothing asks for the next")


def _asks_for_more(function: Function) -> bool:
    """True if anything in the function speaks of further pages: a name, an attribute, a key."""
    for part in nodes_in(function):
        match part:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.arg(arg=word) | ast.keyword(arg=str(word)):
                if _PAGED.search(word):
                    return True
            case ast.Constant(value=str(text)) if len(text) < _LONGEST and _PAGED.search(text):
                return True
    return _PAGED.search(function.name) is not None


def _is_listed(call: ast.Call) -> bool:
    """True for a request whose path names many things, or that says how many it wants."""
    if not isinstance(call.func, ast.Attribute) or not _CLIENT.fullmatch(last_name(call.func.value)) or not call.args:
        return False
    given = next((word.value for word in call.keywords if word.arg == "params"), None)
    keys = [key.value for key in given.keys if isinstance(key, ast.Constant)] if isinstance(given, ast.Dict) else []
    if given is not None:
        return bool(_SIZE & set(keys))
    path = call.args[0]
    parts = path.values if isinstance(path, ast.JoinedStr) else [path]
    last = parts[-1] if parts else None
    return isinstance(last, ast.Constant) and isinstance(last.value, str) and _MANY.search(last.value) is not None


def _is_gone_through(tree: Syntax, call: ast.Call, function: Function) -> bool:
    """True if the function loops over what the answer holds."""
    above = tree.parents.get(call)
    above = tree.parents.get(above) if isinstance(above, ast.Await) else above
    name = dotted_name(above.targets[0]) if isinstance(above, ast.Assign) else ""
    for part in nodes_in(function):
        if not isinstance(part, (ast.For, ast.AsyncFor, ast.comprehension)):
            continue
        values = tree.value(part.iter)
        names = [each for each in nodes_in(values) if isinstance(each, ast.Name)]
        inner = [each for made in (values, *map(tree.value, names)) for each in nodes_in(made)]
        reads = any(isinstance(each, ast.Call) and last_name(each.func) == "json" for each in inner)
        if reads and (call in inner or any(dotted_name(each) == name for each in inner if name)):
            return True
    return False

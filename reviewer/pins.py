"""What every call of git is pinned to, so that no setting of anybody's changes an answer or starts a program.

The first screen waits for this module, so it imports nothing but `os`.
"""

import os

PINNED = (
    "--no-pager", "--no-replace-objects", "--literal-pathspecs", "-c", "core.quotePath=true",
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.splitIndex=false",
    "-c", "core.bigFileThreshold=512m", "-c", "advice.graftFileDeprecated=false", "-c", "diff.suppressBlankEmpty=false",
)  # fmt: skip
# Our environment can only be added to, so what must not act is set to "off".
ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "LANGUAGE": "C", "GIT_EXTERNAL_DIFF": "",
    "GIT_DIFF_OPTS": "", "GIT_PAGER": "", "GIT_GLOB_PATHSPECS": "0", "GIT_NOGLOB_PATHSPECS": "0",
    "GIT_ICASE_PATHSPECS": "0", "GIT_TRACE": "0", "GIT_TRACE2": "0", "GIT_TRACE2_EVENT": "0", "GIT_TRACE2_PERF": "0",
    "GIT_TRACE_SETUP": "0", "GIT_TRACE_PACKET": "0", "GIT_TRACE_PERFORMANCE": "0", "GIT_GRAFT_FILE": os.devnull,
}  # fmt: skip
# Algorithm, context, renames and prefixes decide what an edit is; they must never follow a user's settings.
DIFF_OPTIONS = (
    "-r", "-M", "-l3000", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "--submodule=short",
    "--ignore-submodules=none", "--src-prefix=a/", "--dst-prefix=b/", "--inter-hunk-context=0",
    "--diff-algorithm=histogram", "--indent-heuristic", "-O/dev/null", "--full-index", "--abbrev=64",
)  # fmt: skip
CONTEXT_LINES = 3
# `-U` asks for a patch wherever it stands, so it belongs to that call alone. Of an unmerged file
# git prints the name, and nothing else, unquoted: a name with a line feed could forge a section.
PATCH = ("-p", "--diff-filter=u")

"""The scripts that teach a shell what may be typed. The shell then asks us, by click's own protocol.

They call the program that printed them by its full path, never by the word on the command line: completing
`./reviewer` must not run what lies in the folder.
"""

import shlex
import sys
from itertools import pairwise

import click
from click.shell_completion import BashComplete, add_completion_class


@add_completion_class
class _Bash(BashComplete):
    """Bash takes `--format=text` for three words."""

    def get_completion_args(self) -> tuple[list[str], str]:
        args, incomplete = super().get_completion_args()
        pairs = pairwise(("", *args))
        return [word for before, word in pairs if word != "=" or not before.startswith("--")], incomplete


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completions(shell: str) -> None:
    """Print what makes a shell complete commands, options, revisions and rules.

    \b
      bash   eval "$(reviewer completions bash)"   in ~/.bashrc
      zsh    eval "$(reviewer completions zsh)"    in ~/.zshrc, after compinit
      fish   reviewer completions fish > ~/.config/fish/completions/reviewer.fish

    `git reviewer` is completed too, where git's own completion is.
    """
    words = (sys.executable, "-P", "-m", "reviewer")
    quote = _for_fish if shell == "fish" else shlex.quote
    script = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}[shell]
    click.echo(script.replace("@PROGRAM@", " ".join(map(quote, words))), nl=False)


def _for_fish(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


_BASH = """\
# Completion of reviewer for bash: eval "$(reviewer completions bash)"

_reviewer_ask() {
    local IFS=$'\\n' kind value
    COMPREPLY=()
    while IFS=, read -r kind value; do
        case $kind in
        plain) COMPREPLY+=("$value") ;;
        dir) compopt -o dirnames 2>/dev/null ;;
        file) compopt -o default 2>/dev/null ;;
        esac
    done < <(COMP_WORDS="$2" COMP_CWORD=$1 _REVIEWER_COMPLETE=bash_complete @PROGRAM@ 2>/dev/null </dev/null)
    return 0
}

_reviewer() {
    local IFS=$'\\n'
    _reviewer_ask "$COMP_CWORD" "${COMP_WORDS[*]}"
}

# Git's own completion calls this for `git reviewer`.
_git_reviewer() {
    local IFS=$'\\n' at=1
    while [ "$at" -lt "$COMP_CWORD" ] && [ "${COMP_WORDS[at]}" != reviewer ]; do
        at=$((at + 1))
    done
    _reviewer_ask "$((COMP_CWORD - at))" "${COMP_WORDS[*]:at}"
}

complete -o nosort -F _reviewer reviewer git-reviewer 2>/dev/null || complete -F _reviewer reviewer git-reviewer
"""

_ZSH = """\
#compdef reviewer git-reviewer
# Completion of reviewer for zsh: eval "$(reviewer completions zsh)"

_reviewer() {
    local -a answer offered described
    local kind value note
    answer=("${(@f)$(COMP_WORDS="${(F)words}" COMP_CWORD=$((CURRENT - 1)) _REVIEWER_COMPLETE=zsh_complete \\
        @PROGRAM@ 2>/dev/null </dev/null)}")
    # What is offered stands for the value alone in `--format=text`.
    [[ $words[CURRENT] == --*=* ]] && compset -P '*='
    for kind value note in "${answer[@]}"; do
        case $kind in
        plain)
            if [[ $note == _ ]]; then
                offered+=("$value")
            else
                described+=("$value:$note")
            fi
            ;;
        dir) _path_files -/ ;;
        file) _path_files -f ;;
        esac
    done
    (( $#described )) && _describe -V unsorted described
    (( $#offered )) && compadd -V unsorted -a offered
}

# Git's own completion calls this for `git reviewer`.
_git-reviewer() {
    _reviewer "$@"
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _reviewer "$@"
else
    compdef _reviewer reviewer git-reviewer
fi
"""

_FISH = """\
# Completion of reviewer for fish: reviewer completions fish > ~/.config/fish/completions/reviewer.fish

function __reviewer_offers
    set -l line (commandline -cp | string replace -r '^\\s*git\\s(.*\\s)?reviewer\\s' 'reviewer ')
    set -l current (commandline -ct)
    for offer in (env COMP_WORDS="$line" COMP_CWORD="$current" _REVIEWER_COMPLETE=fish_complete \\
            @PROGRAM@ 2>/dev/null </dev/null)
        set -l parts (string split -m 1 , -- $offer)
        switch $parts[1]
            case dir
                __fish_complete_directories "$parts[2]"
            case file
                __fish_complete_path "$parts[2]"
            case plain
                echo $parts[2]
        end
    end
end

complete --no-files --command reviewer --arguments '(__reviewer_offers)'
complete --no-files --command git-reviewer --arguments '(__reviewer_offers)'
complete --no-files --command git --condition '__fish_seen_subcommand_from reviewer' --arguments '(__reviewer_offers)'
"""

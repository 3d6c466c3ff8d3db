"""Which key git signs with, and by which program; if none, why not. Runs nothing but `git config`."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from reviewer.repository.git import Repository
from reviewer.repository.runners import Answer
from reviewer.signatures.keygen import MISSING, find_program
from reviewer.visible import show, show_lines

_SETTINGS = r"^(gpg\.format|user\.signingkey|gpg\.ssh\.(program|defaultkeycommand))$"
# The configuration inside a repository may come from whoever made the folder; it must not name a program.
_MAY_NAME_A_PROGRAM = ("system", "global", "command")
_PUBLIC_KEY = re.compile(r"[A-Za-z0-9@.-]+ +[A-Za-z0-9+/]+={0,2}( .*)?")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`key` is a file, private or public, or with `is_literal` a public key whose other half an ssh agent holds."""

    program: Path
    key: str
    is_literal: bool

    @property
    def name(self) -> str:
        return "the public key in user.signingKey" if self.is_literal else show(self.key)


@dataclass(frozen=True, slots=True)
class NoKey:
    """Why a sign-off will be unsigned, in one line."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Setting:
    scope: str
    name: str
    value: str


def signing_key(repository: Repository) -> SigningKey | NoKey:
    """Return the key that git is configured to sign with, whether or not it signs commits of its own accord.

    `commit.gpgSign` is not asked: it says that every commit is signed, and a sign-off is no commit.
    """
    answer = repository.ask("config", "-z", "--show-scope", "--type=path", "--get-regexp", _SETTINGS)
    if answer.status > 1:
        reason = show_lines(answer.error).strip().replace("\n", "; ")
        return NoKey(f"git cannot read its settings for signing: {reason}")
    settings = _settings(answer)
    format_ = _last(settings, "gpg.format") or "openpgp"
    if format_ != "ssh":
        return NoKey(f"git signs with {show(format_)}, not ssh; set gpg.format=ssh and user.signingKey to sign")
    key = _last(settings, "user.signingkey")
    if not key:
        return NoKey(f"git has no key to sign with{_command_aside(settings)}; set user.signingKey to your public key")
    program = _program(settings, repository)
    if isinstance(program, NoKey):
        return program
    return _key(key, program, repository)


def _settings(answer: Answer) -> list[_Setting]:
    """Read pairs of scope and `name LF value`, each ended by a zero byte; a later one overrides."""
    fields = os.fsdecode(answer.output).split("\0")[:-1]
    entries = (entry.partition("\n") for entry in fields[1::2])
    return [_Setting(scope, name.lower(), value) for scope, (name, _, value) in zip(fields[::2], entries, strict=True)]


def _last(settings: list[_Setting], name: str) -> str:
    return next((setting.value for setting in reversed(settings) if setting.name == name), "")


def _command_aside(settings: list[_Setting]) -> str:
    is_set = _last(settings, "gpg.ssh.defaultkeycommand")
    return " (gpg.ssh.defaultKeyCommand is a command, and is not run)" if is_set else ""


def _program(settings: list[_Setting], repository: Repository) -> Path | NoKey:
    """Return what signs, or why nothing does."""
    name = _last([setting for setting in settings if setting.scope in _MAY_NAME_A_PROGRAM], "gpg.ssh.program")
    found = find_program(name or "ssh-keygen", repository)
    if found is not None:
        return found
    if not name:
        return NoKey(MISSING)
    return NoKey(
        f'gpg.ssh.program "{show(name)}" is no program on PATH outside this repository; '
        "give its absolute path, or unset it to use ssh-keygen"
    )


def _key(value: str, program: Path, repository: Repository) -> SigningKey | NoKey:
    literal = value.removeprefix("key::")
    if value.startswith(("key::", "ssh-")):
        if _PUBLIC_KEY.fullmatch(literal) is None:
            return NoKey(f'user.signingKey "{show(value)}" is no public key; a file there needs its whole path')
        return SigningKey(program, literal, is_literal=True)
    # Where git stands when it signs.
    file = (repository.top or repository.folder).absolute() / value
    # The private half may be with an agent; then only the public one lies beside.
    if not (file.is_file() or Path(f"{file}.pub").is_file()):
        return NoKey(f'user.signingKey "{show(value)}" is no file; set it to your public key')
    return SigningKey(program, str(file), is_literal=False)

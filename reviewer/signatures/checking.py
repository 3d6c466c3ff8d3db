"""Whether a signature over a sign-off counts: made by a key that the target allows for this e-mail address, now.

Only `ssh-keygen` itself is asked, never a program that git is configured with. What it exits with decides;
what it says only explains.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reviewer.errors import CannotDetermine
from reviewer.repository.git import Repository
from reviewer.signatures.armor import LARGEST, NAMESPACE, is_one_signature
from reviewer.signatures.keygen import MISSING, Answer, find_program, laid_out, run
from reviewer.visible import show

_SECONDS = 20
_REFUSED = 255
_MOST_ALLOWED = 1024 * 1024
_LONGEST_EMAIL = 254
# No agent, no home; and dates in allowed_signers mean the same on every machine.
_ENVIRONMENT: Mapping[str, str] = {"LC_ALL": "C", "TZ": "UTC0", "PATH": os.defpath}

_GOOD = re.compile(rb'^Good ".*" signature .*with \S+ key (SHA256:[A-Za-z0-9+/]+)$', re.MULTILINE)
_REMARK = re.compile(rb"^allowed_signers:([0-9]+): (.+)$", re.MULTILINE)
# Said of a line that names the key and the address, but does not let it sign.
_DECISIVE = (b"key has expired", b"key is not yet valid", b"key is not permitted", b"certificate not authorized")
_MOST_REMARKS = 3
_LONGEST_PRINCIPALS = 200


@dataclass(frozen=True, slots=True)
class Checked:
    """`fingerprint` is set once the signature is known to be made by that key over this content."""

    is_valid: bool
    principal: str | None
    fingerprint: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class _Keygen:
    """ssh-keygen with the things in question laid before it."""

    program: Path
    folder: Path
    options: tuple[str, ...] = ()

    def verify(self, email: str) -> Answer:
        return self._ask("verify", "-f", "allowed_signers", "-I", email, "-n", NAMESPACE, *self.options)

    def check_novalidate(self) -> Answer:
        return self._ask("check-novalidate", "-n", NAMESPACE)

    def find_principals(self) -> Answer:
        return self._ask("find-principals", "-f", "allowed_signers", *self.options)

    def _ask(self, question: str, *arguments: str) -> Answer:
        try:
            answer = run(
                self.program, "-Y", question, "-s", "signature", *arguments,
                folder=self.folder, environment=_ENVIRONMENT, seconds=_SECONDS, stdin="content",
            )  # fmt: skip
        except TimeoutError as error:
            raise CannotDetermine(f"{error}; nothing is known about this signature") from error
        # It needs a name for who runs it, which a container may not have.
        if answer.status not in (0, _REFUSED) or b"No user exists" in answer.error:
            said = answer.words or f"exit {answer.status}"
            raise CannotDetermine(f"{show(str(self.program))}: {said}; signatures need OpenSSH 8.2 or newer")
        return answer


def check(
    content: bytes,
    signature: bytes,
    allowed_signers: bytes | None,
    *,
    email: str,
    at: datetime | None = None,
    repository: Repository | None = None,
) -> Checked:
    """Return whether `email`, as a principal of `allowed_signers`, signed exactly this content.

    `allowed_signers` is the file of that name as the target has it; None if it has none. `at` is the
    verifier's time, by default its clock: a time that stands in the record is a claim of whoever wrote it,
    and would let a stolen key sign for the days before it expired. Raises CannotDetermine without ssh-keygen.
    """
    if not is_one_signature(signature):
        return _refusal(f"not an ssh signature: it must be one armored block of at most {LARGEST // 1024} KiB")
    if not _is_plain(email):
        return _refusal(f'"{show(email[:_LONGEST_EMAIL])}" cannot stand for a signer: not a plain e-mail address')
    if allowed_signers is not None and len(allowed_signers) > _MOST_ALLOWED:
        raise CannotDetermine(f"allowed_signers is larger than {_MOST_ALLOWED // 1024} KiB; remove keys from it")
    program = _program(repository)
    files = {"content": content, "signature": signature, "allowed_signers": allowed_signers or b""}
    with laid_out(files) as folder:
        keygen = _Keygen(program, folder, _at(at))
        if allowed_signers is None:
            return _unlisted(keygen)
        answer = keygen.verify(email)
        if answer.status:
            return _explained(keygen, answer, email)
        fingerprint = _fingerprint(answer)
    reason = f"signed by {show(email)} with {fingerprint or 'an allowed key'}"
    return Checked(is_valid=True, principal=email, fingerprint=fingerprint, reason=reason)


def fingerprint_of(content: bytes, signature: bytes, *, repository: Repository | None = None) -> str | None:
    """Return the key that signed this content, whoever it may belong to; None if the signature is no such one."""
    if not is_one_signature(signature):
        return None
    program = _program(repository)
    with laid_out({"content": content, "signature": signature}) as folder:
        return _fingerprint(_Keygen(program, folder).check_novalidate())


def _refusal(reason: str, fingerprint: str | None = None) -> Checked:
    return Checked(is_valid=False, principal=None, fingerprint=fingerprint, reason=reason)


def _is_plain(email: str) -> bool:
    """True unless ssh-keygen or a person could take it for an option, a list or a pattern."""
    if not 0 < len(email) <= _LONGEST_EMAIL or email.startswith("-"):
        return False
    return email.isprintable() and not any(letter.isspace() or letter in ',*?!"' for letter in email)


def _program(repository: Repository | None) -> Path:
    program = find_program("ssh-keygen", repository)
    if program is None:
        raise CannotDetermine(MISSING)
    return program


def _at(at: datetime | None) -> tuple[str, ...]:
    return () if at is None else ("-O", f"verify-time={at.astimezone(UTC):%Y%m%d%H%M%S}")


def _fingerprint(answer: Answer) -> str | None:
    good = None if answer.status else _GOOD.search(answer.output)
    return good[1].decode() if good else None


def _unlisted(keygen: _Keygen) -> Checked:
    answer = keygen.check_novalidate()
    fingerprint = _fingerprint(answer)
    if fingerprint is None:
        return _refusal(_mismatch(answer))
    return _refusal(f"signed by {fingerprint}, not checked against anything: no allowed_signers here", fingerprint)


def _explained(keygen: _Keygen, answer: Answer, email: str) -> Checked:
    """Say why `verify` refused: first what is wrong with the signature itself, then with who made it."""
    fingerprint = _fingerprint(keygen.check_novalidate())
    if fingerprint is None:
        return _refusal(_mismatch(answer))
    remarks = _REMARK.findall(answer.error)
    decisive = [remark for remark in remarks if remark[1].startswith(_DECISIVE)]
    if decisive:
        return _refusal(f"{fingerprint} may not sign for {show(email)}: {_told(decisive)}", fingerprint)
    others = keygen.find_principals()
    if others.status == 0:
        named = "; ".join(show(line[:_LONGEST_PRINCIPALS]) for line in others.output.splitlines()[:_MOST_REMARKS])
        return _refusal(f"{fingerprint} may sign for {named}, not for {show(email)}", fingerprint)
    aside = f" ({_told(remarks)})" if remarks else ""
    return _refusal(f"{fingerprint} is not among the allowed signers{aside}", fingerprint)


def _mismatch(answer: Answer) -> str:
    if b"namespace does not match" in answer.error:
        return f'signed for something else than "{NAMESPACE}"'
    if b"incorrect signature" in answer.error:
        return "signed over another content: the sign-off was changed, or the signature belongs to another one"
    return f"not a signature that ssh-keygen can read: {answer.words}"


def _told(remarks: list[tuple[bytes, bytes]]) -> str:
    return "; ".join(
        f"allowed_signers line {show(line)}: {show(said.strip())}" for line, said in remarks[:_MOST_REMARKS]
    )

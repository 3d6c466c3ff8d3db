"""Signing a sign-off, the way git signs a commit. Asks nothing on the terminal: that belongs to the screen."""

import os
import shlex
from pathlib import Path

from reviewer.errors import ReviewerError
from reviewer.signatures.armor import LARGEST, NAMESPACE, is_one_signature
from reviewer.signatures.key import SigningKey
from reviewer.signatures.keygen import Answer, laid_out, run
from reviewer.visible import show


def sign(content: bytes, key: SigningKey, *, seconds: float = 60) -> bytes:
    """Return the armored signature over exactly these bytes. Raises ReviewerError with what to do about it.

    `seconds` is time to touch a security key, or to unlock an agent that asks in a window of its own.
    """
    files = {"signoff": content}
    if key.is_literal:
        files["key"] = os.fsencode(key.key) + b"\n"
    with laid_out(files) as folder:
        # Since 2.40 git says so too; without it a missing key is taken for a missing file.
        file, in_agent = (str(folder / "key"), ["-U"]) if key.is_literal else (key.key, [])
        arguments = ["-Y", "sign", "-n", NAMESPACE, "-f", file, *in_agent, str(folder / "signoff")]
        # All of the user's environment: the agent's socket, and what programs of other makers need.
        environment = {**os.environ, "LC_ALL": "C"}
        try:
            answer = run(key.program, *arguments, folder=folder, environment=environment, seconds=seconds)
        except TimeoutError as error:
            raise ReviewerError(
                f"{key.name}: no signature within {seconds:g} seconds; "
                "sign again, and touch the security key or unlock the agent in time"
            ) from error
        signature = _read(folder / "signoff.sig")
    if answer.status or not is_one_signature(signature):
        raise ReviewerError(_advice(key, answer))
    return signature


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as source:
            return source.read(LARGEST + 1)
    except FileNotFoundError:
        return b""


def _advice(key: SigningKey, answer: Answer) -> str:
    words = answer.words
    if "passphrase" in words and not key.is_literal:
        add = f"ssh-add {shlex.quote(show(key.key.removesuffix('.pub')))}"
        return f"{key.name}: its passphrase cannot be asked for here; run `{add}` and sign again"
    if "agent" in words or "No private key found" in words:
        return f"{key.name}: no ssh agent holds it ({words}); start one, run `ssh-add`, and sign again"
    said = words or f"exit {answer.status}"
    return (
        f"{show(key.program.name)} did not sign with {key.name}: {said}; "
        "mend that and sign again, or unset user.signingKey to leave the sign-off unsigned"
    )

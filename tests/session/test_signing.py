"""A sign-off is signed with the key git has, and stands without one."""

import shutil
import subprocess
from pathlib import Path

import pytest

from reviewer.repository import choose_target, read_diff
from reviewer.review.events import Sign, View
from reviewer.review.model import Verdict
from reviewer.session.opening import open_session
from reviewer.session.session import Session
from reviewer.session.subject import Subject
from reviewer.signatures import check
from tests.scratch import Scratch

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")


def _signed_off(scratch: Scratch) -> Session:
    scratch.git("config", "user.name", "Rita")
    scratch.git("config", "user.email", "rita@example.org")
    scratch.commit({"f.py": "a = 1\n"})
    scratch.commit({"f.py": "a = 2\n"})
    repository = scratch.repository
    target = choose_target(repository, "HEAD")
    subject = Subject(read_diff(repository, target), target.label, repository, target.old, target.new)
    session = open_session(subject, scratch.folder)
    session.dispatch(View(tuple(session.scope.edits)))
    session.dispatch(Sign(Verdict.COMMENT, session.scope.id, 1.0))
    return session


def _key(folder: Path) -> Path:
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True)
    return key


@needs_ssh
def test_the_raw_line_of_the_sign_off_is_signed_and_published_with_it(scratch: Scratch, tmp_path: Path) -> None:
    key = _key(tmp_path)
    scratch.git("config", "gpg.format", "ssh")
    scratch.git("config", "user.signingKey", str(key))
    session = _signed_off(scratch)

    words = session.add_signature()

    assert words == f"signed with {key}"
    (signoff,) = open_session(session.subject, scratch.folder).state.signoffs
    record = session._store.read(session.review)
    allowed = b"rita@example.org " + key.with_suffix(".pub").read_bytes()
    signature = signoff.signature.encode()
    assert check(record.signed_lines[signoff.event], signature, allowed, email="rita@example.org").is_valid
    published = [file.read_bytes() for file in (scratch.folder / ".reviews").rglob("*.jsonl")]
    assert any(b'"e":"sig"' in content for content in published)


@needs_ssh
def test_a_key_that_cannot_sign_leaves_the_sign_off_unsigned_and_says_why(scratch: Scratch, tmp_path: Path) -> None:
    key = _key(tmp_path)
    scratch.git("config", "gpg.format", "ssh")
    scratch.git("config", "user.signingKey", str(key))
    session = _signed_off(scratch)
    key.write_text("no key at all")
    key.chmod(0o600)

    words = session.add_signature()

    assert words.startswith("unsigned: ")
    (signoff,) = open_session(session.subject, scratch.folder).state.signoffs
    assert signoff.signature == ""


def test_without_a_key_in_gits_settings_the_sign_off_says_what_to_set(scratch: Scratch) -> None:
    session = _signed_off(scratch)

    assert session.add_signature() == (
        "unsigned: git signs with openpgp, not ssh; set gpg.format=ssh and user.signingKey to sign"
    )
    assert session.signing == session.add_signature()


def test_nothing_is_signed_that_was_not_signed_off_here(scratch: Scratch) -> None:
    session = _signed_off(scratch)
    session.close()

    again = open_session(session.subject, scratch.folder)

    assert again.add_signature().startswith("unsigned: ")
    assert again.state.signoffs[0].signature == ""

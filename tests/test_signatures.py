"""Sign-offs are signed with real keys by the real ssh-keygen, and forgeries of every kind are refused."""

import os
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pexpect
import pytest

import reviewer
from reviewer.errors import CannotDetermine, ReviewerError
from reviewer.signatures import NoKey, SigningKey, check, fingerprint_of, sign, signing_key
from reviewer.signatures.armor import NAMESPACE
from tests.scratch import Scratch

pytestmark = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is missing; install openssh-client"
)

CONTENT = b'{"e":"signoff","n":7,"verdict":"approve","scope":"2c26b46b68ff"}'
OTHER = CONTENT.replace(b"approve", b"comment")
EMAIL = "ada@example.org"
HEAD, FOOT = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_agent_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders go during this test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if shutil.which("ssh-agent") is None or shutil.which("ssh-add") is None:
        pytest.skip("ssh-agent is missing; install openssh-client")
    # The name of a socket may be about a hundred characters long, and tmp_path often is that alone.
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder, "agent")
        process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE)
        with process:
            # It says where it listens as soon as it does.
            assert process.stdout is not None
            process.stdout.readline()
            monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
            yield
            process.terminate()


def _keygen(*arguments: str | Path) -> None:
    subprocess.run(["ssh-keygen", "-q", *arguments], check=True, stdin=subprocess.DEVNULL, capture_output=True)


def _make_key(folder: Path, name: str = "key", *options: str, passphrase: str = "") -> Path:
    file = folder / name
    _keygen("-N", passphrase, "-C", name, "-f", file, *(options or ("-t", "ed25519")))
    return file


def _public(file: Path) -> bytes:
    return Path(f"{file}.pub").read_bytes().strip()


def _line(file: Path, principals: str = EMAIL, options: str = "") -> bytes:
    return b" ".join((principals.encode(), *((options.encode(),) if options else ()), _public(file))) + b"\n"


def _key(file: Path, program: str = "ssh-keygen") -> SigningKey:
    return SigningKey(Path(shutil.which(program) or program), str(file), is_literal=False)


def _sign(file: Path, content: bytes = CONTENT) -> bytes:
    return sign(content, _key(file))


def _sign_as(namespace: str, file: Path) -> bytes:
    """Sign as another program would."""
    message = file.with_name("message")
    message.write_bytes(CONTENT)
    _keygen("-Y", "sign", "-n", namespace, "-f", file, message)
    return Path(f"{message}.sig").read_bytes()


def _script(file: Path, body: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


def _configure(scratch: Scratch, monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    """Write the user's own settings; `_` in a name stands for a full stop."""
    file = scratch.folder.parent / "gitconfig"
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(file))
    for name, value in settings.items():
        scratch.git("config", "--global", name.replace("_", "."), value)


def _reason(found: SigningKey | NoKey) -> str:
    assert isinstance(found, NoKey)
    assert "\n" not in found.reason
    return found.reason


def _found(found: SigningKey | NoKey) -> SigningKey:
    assert isinstance(found, SigningKey), found.reason
    return found


def test_the_key_git_is_configured_with_signs_though_commits_are_not_signed(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _make_key(tmp_path)
    _configure(scratch, monkeypatch, gpg_format="ssh", user_signingKey=str(file), commit_gpgSign="false")

    key = _found(signing_key(scratch.repository))

    assert check(CONTENT, sign(CONTENT, key), _line(file), email=EMAIL).is_valid


def test_a_tilde_in_the_path_of_the_key_means_the_home_folder(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    file = _make_key(tmp_path)
    _configure(scratch, monkeypatch, gpg_format="ssh", user_signingKey="~/key")

    assert _found(signing_key(scratch.repository)).key == str(file)


def test_a_relative_path_of_the_key_starts_where_git_stands(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _make_key(scratch.folder)
    _configure(scratch, monkeypatch, gpg_format="ssh", user_signingKey="key")

    assert _found(signing_key(scratch.repository)).key == str(file)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "git signs with openpgp, not ssh; set gpg.format=ssh"),
        ({"gpg_format": "x509", "user_signingKey": "k"}, "git signs with x509, not ssh"),
        ({"gpg_format": "\x1b[2Jssh"}, "git signs with ␛[2Jssh, not ssh"),
        ({"gpg_format": "ssh"}, "git has no key to sign with; set user.signingKey"),
        ({"gpg_format": "ssh", "user_signingKey": ""}, "git has no key to sign with; set user.signingKey"),
        ({"gpg_format": "ssh", "user_signingKey": "/nowhere/k"}, '"/nowhere/k" is no file'),
        ({"gpg_format": "ssh", "user_signingKey": "ssh-key"}, '"ssh-key" is no public key'),
        ({"gpg_format": "ssh", "user_signingKey": "~no-such-user/k"}, "git cannot read its settings"),
        (
            {"gpg_format": "ssh", "user_signingKey": "key::ssh-ed25519 AAAA", "gpg_ssh_program": "bin/x"},
            '"bin/x" is no',
        ),
    ],
)
def test_without_a_usable_key_the_reason_is_said_in_one_line(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], expected: str
) -> None:
    _configure(scratch, monkeypatch, **settings)

    assert expected in _reason(signing_key(scratch.repository))


def test_the_command_for_a_default_key_is_not_run(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = _script(tmp_path / "default-key", f"touch {shlex.quote(str(tmp_path / 'ran'))}")
    _configure(scratch, monkeypatch, gpg_format="ssh", gpg_ssh_defaultKeyCommand=str(command))

    reason = _reason(signing_key(scratch.repository))

    assert "gpg.ssh.defaultKeyCommand is a command, and is not run" in reason
    assert not (tmp_path / "ran").exists()


def test_the_users_own_signing_program_is_honoured_and_the_repositorys_is_not(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, own, foreign = _make_key(tmp_path), _script(tmp_path / "own", 'exec ssh-keygen "$@"'), tmp_path / "foreign"
    _script(foreign, f"touch {shlex.quote(str(tmp_path / 'ran'))}")
    _configure(scratch, monkeypatch, gpg_format="ssh", user_signingKey=str(file), gpg_ssh_program=str(own))
    scratch.git("config", "gpg.ssh.program", str(foreign))

    key = _found(signing_key(scratch.repository))

    assert key.program == own
    assert check(CONTENT, sign(CONTENT, key), _line(file), email=EMAIL).is_valid
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("entry", ["", ".", "bin", "{top}/bin", "{top}/link", "{base}/link"])
def test_a_program_in_the_repository_is_never_run(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    file, ran = _make_key(tmp_path), tmp_path / "ran"
    for folder in (scratch.folder, scratch.folder / "bin"):
        _script(folder / "ssh-keygen", f"touch {shlex.quote(str(ran))}")
    for link in (scratch.folder / "link", tmp_path / "link"):
        link.symlink_to(scratch.folder / "bin")
    _configure(scratch, monkeypatch, gpg_format="ssh", user_signingKey=str(file))
    monkeypatch.chdir(scratch.folder)
    monkeypatch.setenv("PATH", os.pathsep.join((entry.format(top=scratch.folder, base=tmp_path), os.environ["PATH"])))

    signature = sign(CONTENT, _found(signing_key(scratch.repository)))

    assert check(CONTENT, signature, _line(file), email=EMAIL, repository=scratch.repository).is_valid
    assert not ran.exists()


@pytest.mark.parametrize("kind", [("-t", "ed25519"), ("-t", "ecdsa"), ("-t", "rsa", "-b", "2048")], ids=" ".join)
def test_what_was_signed_is_accepted_and_names_the_key(tmp_path: Path, kind: tuple[str, ...]) -> None:
    file = _make_key(tmp_path, "key", *kind)
    shown = subprocess.run(["ssh-keygen", "-l", "-f", file], capture_output=True, text=True, check=True).stdout.split()

    checked = check(CONTENT, _sign(file), _line(file), email=EMAIL)

    assert (checked.is_valid, checked.principal, checked.fingerprint) == (True, EMAIL, shown[1])
    assert checked.reason == f"signed by {EMAIL} with {shown[1]}"


@pytest.mark.parametrize("content", [b"", b"\0", b"\r\n", bytes(range(256)), b"x" * 1_000_000])
def test_any_content_is_signed_byte_for_byte(tmp_path: Path, content: bytes) -> None:
    file = _make_key(tmp_path)
    signature = _sign(file, content)

    assert check(content, signature, _line(file), email=EMAIL).is_valid
    assert not check(content + b"\n", signature, _line(file), email=EMAIL).is_valid


@pytest.mark.parametrize(("prefix", "kind"), [("key::", "ed25519"), ("key::", "ecdsa"), ("", "ed25519")])
def test_a_public_key_in_the_settings_signs_through_the_agent(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: None, prefix: str, kind: str
) -> None:
    file = _make_key(tmp_path, "key", "-t", kind)
    subprocess.run(["ssh-add", "-q", file], check=True, stdin=subprocess.DEVNULL, capture_output=True)
    file.unlink()
    _configure(scratch, monkeypatch, gpg_format="ssh", user_signingKey=prefix + _public(file).decode())

    signature = sign(CONTENT, _found(signing_key(scratch.repository)))

    assert check(CONTENT, signature, _line(file), email=EMAIL).is_valid


def test_the_path_of_a_public_key_signs_with_the_private_one_beside_it(tmp_path: Path) -> None:
    file = _make_key(tmp_path)

    signature = _sign(Path(f"{file}.pub"))

    assert check(CONTENT, signature, _line(file), email=EMAIL).is_valid


def test_a_key_locked_by_a_passphrase_is_told_from_one_that_is_gone(tmp_path: Path) -> None:
    locked, gone = _make_key(tmp_path, "it's locked", passphrase="secret"), _make_key(tmp_path, "gone")
    gone.unlink()

    with pytest.raises(ReviewerError, match=r"passphrase cannot be asked for here; run `ssh-add '.*'` and sign again"):
        _sign(locked)
    with pytest.raises(ReviewerError, match=r"no ssh agent holds it .*No private key found"):
        _sign(gone)


def test_a_public_key_without_an_agent_says_to_start_one(tmp_path: Path) -> None:
    key = SigningKey(_key(tmp_path).program, _public(_make_key(tmp_path)).decode(), is_literal=True)

    with pytest.raises(ReviewerError, match=r"no ssh agent holds it .*start one, run `ssh-add`"):
        sign(CONTENT, key)


def test_a_locked_key_asks_nothing_on_the_terminal(tmp_path: Path) -> None:
    file, message = _make_key(tmp_path, passphrase="secret"), tmp_path / "message"
    message.write_bytes(CONTENT)
    code = (
        "import sys; from pathlib import Path; from reviewer.signatures import SigningKey, sign\n"
        "try: sign(b'x', SigningKey(Path(sys.argv[1]), sys.argv[2], is_literal=False))\n"
        "except Exception as error: print('END', type(error).__name__)"
    )
    root = Path(reviewer.__file__).parents[1]

    plain = pexpect.spawn("ssh-keygen", ["-Y", "sign", "-n", NAMESPACE, "-f", str(file), str(message)], timeout=60)
    ours = pexpect.spawn(sys.executable, ["-c", code, str(_key(file).program), str(file)], timeout=60, cwd=str(root))

    # The first shows that this terminal would be written to.
    assert plain.expect([b"Enter passphrase", pexpect.EOF]) == 0
    plain.close(force=True)
    assert ours.read().strip() == b"END ReviewerError"
    ours.close(force=True)


def test_a_program_that_does_not_end_is_ended_with_all_it_started(tmp_path: Path) -> None:
    # A child that dies closes its end of the pipe; an open one means that it outlived its parent.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    slow = _script(tmp_path / "slow", f"sleep 300 > {shlex.quote(str(pipe))} & wait")
    start = monotonic()

    with pytest.raises(
        ReviewerError, match=r"no signature within 0\.5 seconds; sign again, and touch the security key"
    ):
        sign(CONTENT, _key(tmp_path / "key", str(slow)), seconds=0.5)

    assert select.select([reader], [], [], 30)[0] == [reader]
    assert os.read(reader, 1) == b""
    assert monotonic() - start < 60
    os.close(reader)


@pytest.mark.parametrize("is_literal", [False, True])
def test_a_program_in_place_of_ssh_keygen_is_given_what_git_gives_it(tmp_path: Path, is_literal: bool) -> None:
    file = _make_key(tmp_path)
    program = _script(tmp_path / "program", f'echo "$@" > {shlex.quote(str(tmp_path / "given"))}; exit 1')
    key = SigningKey(program, _public(file).decode() if is_literal else str(file), is_literal=is_literal)

    with pytest.raises(ReviewerError):
        sign(CONTENT, key)

    given = (tmp_path / "given").read_text().split()
    assert given[:5] == ["-Y", "sign", "-n", NAMESPACE, "-f"]
    assert (given[5] == str(file)) is not is_literal
    assert given[6:-1] == (["-U"] if is_literal else [])
    assert Path(given[-1]).is_absolute()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("exit 0", "slow did not sign with .*: exit 0"),
        ("for last; do :; done; echo rubbish > $last.sig", "slow did not sign"),
        ("for last; do :; done; yes | head -c 9000000 > $last.sig", "slow did not sign"),
        ("printf 'bad \\033[2J news' >&2; exit 3", "bad ␛\\[2J news"),
        ("yes no | head -c 9000000 >&2; exit 3", "no; no; no.*…; mend that"),
        ("kill -9 $$", "exit -9"),
    ],
)
def test_what_a_signing_program_says_and_leaves_is_not_trusted(tmp_path: Path, body: str, expected: str) -> None:
    program = _script(tmp_path / "slow", body)

    with pytest.raises(ReviewerError, match=expected) as caught:
        sign(CONTENT, _key(tmp_path / "key", str(program)))

    assert len(str(caught.value)) < 2000


def test_a_program_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReviewerError, match="op-ssh-sign: No such file or directory"):
        sign(CONTENT, _key(tmp_path / "key", str(tmp_path / "op-ssh-sign")))


def _forgeries(ada: Path, eve: Path) -> dict[str, tuple[bytes, bytes, str, str]]:
    """Content, signature, e-mail address, and what is said about it, where `ada` may sign and `ben` is another."""
    good = _sign(ada)
    body = good.removeprefix(HEAD).removesuffix(FOOT)
    return {
        "other content": (OTHER, good, EMAIL, "signed over another content"),
        "a line feed more": (CONTENT + b"\n", good, EMAIL, "signed over another content"),
        "no content": (b"", good, EMAIL, "signed over another content"),
        "replayed from another review": (CONTENT, _sign(ada, OTHER), EMAIL, "signed over another content"),
        "namespace of git": (CONTENT, _sign_as("git", ada), EMAIL, f'signed for something else than "{NAMESPACE}"'),
        "namespace of a later version": (CONTENT, _sign_as("signoff@reviewer.v11", ada), EMAIL, "something else"),
        "other key": (CONTENT, _sign(eve), EMAIL, "is not among the allowed signers"),
        "other e-mail": (CONTENT, good, "eve@example.org", f"may sign for {EMAIL}, not for eve@example.org"),
        "other case": (CONTENT, good, "Ada@example.org", f"may sign for {EMAIL}, not for Ada@example.org"),
        "e-mail of a signer with another key": (CONTENT, good, "ben@example.org", "not for ben@example.org"),
        "truncated": (CONTENT, good[:-40], EMAIL, "not an ssh signature"),
        "a letter less": (CONTENT, HEAD + body[:-2] + b"\n" + FOOT, EMAIL, "not"),
        "empty": (CONTENT, b"", EMAIL, "not an ssh signature"),
        "rubbish": (CONTENT, b"\xff\x00" * 50, EMAIL, "not an ssh signature"),
        "a block of rubbish": (CONTENT, HEAD + b"aGVsbG8gd29ybGQ=\n" + FOOT, EMAIL, "not an ssh signature"),
        "nothing but the magic": (CONTENT, HEAD + b64encode(b"SSHSIG\0\0\0\1") + b"\n" + FOOT, EMAIL, "not a sig"),
        "of version 0": (CONTENT, _armored(_blob(good).replace(b"SIG\0\0\0\1", b"SIG\0\0\0\0")), EMAIL, "not an ssh"),
        "twice": (CONTENT, good + good, EMAIL, "not an ssh signature"),
        "good, then forged": (CONTENT, good + _sign(eve, OTHER), EMAIL, "not an ssh signature"),
        "words before": (CONTENT, b"hello\n" + good, EMAIL, "not an ssh signature"),
        "words after": (CONTENT, good + b"hello\n", EMAIL, "not an ssh signature"),
        "line feeds after": (CONTENT, good + b"\n", EMAIL, "not an ssh signature"),
        "CRLF": (CONTENT, good.replace(b"\n", b"\r\n"), EMAIL, "not an ssh signature"),
        "huge": (CONTENT, HEAD + body * 500 + FOOT, EMAIL, "at most 32 KiB"),
        "bytes after it, inside": (CONTENT, _armored(_blob(good) + b"\0\0\0\0"), EMAIL, "not a signature that"),
    }


def _blob(signature: bytes) -> bytes:
    return b64decode(signature.removeprefix(HEAD).removesuffix(FOOT))


def _armored(blob: bytes) -> bytes:
    return HEAD + b64encode(blob) + b"\n" + FOOT


def test_no_forgery_passes_and_each_is_told_from_the_others(tmp_path: Path) -> None:
    ada, eve, ben = (_make_key(tmp_path, name) for name in ("ada", "eve", "ben"))
    allowed = _line(ada) + _line(ben, "ben@example.org")
    assert check(CONTENT, _sign(ada), allowed, email=EMAIL).is_valid

    for name, (content, signature, email, expected) in _forgeries(ada, eve).items():
        checked = check(content, signature, allowed, email=email)
        assert (checked.is_valid, checked.principal) == (False, None), name
        assert expected in checked.reason, (name, checked.reason)


@pytest.mark.parametrize("kind", [("-t", "ed25519"), ("-t", "ecdsa"), ("-t", "rsa", "-b", "2048")], ids=" ".join)
def test_no_flipped_bit_passes(tmp_path: Path, kind: tuple[str, ...]) -> None:
    file = _make_key(tmp_path, "key", *kind)
    signature = _sign(file)
    blob = _blob(signature)

    flipped = [_flip(signature, number) for number in _spread(len(signature) * 8, 30)]
    flipped += [_armored(_flip(blob, number)) for number in _spread(len(blob) * 8, 30)]

    assert [text for text in flipped if check(CONTENT, text, _line(file), email=EMAIL).is_valid] == []


def _spread(count: int, wanted: int) -> range:
    """Numbers all over; an odd step meets every bit of a byte."""
    return range(0, count, count // wanted // 2 * 2 + 1)


def test_a_signature_has_one_spelling_only(tmp_path: Path) -> None:
    # The blob of this kind of key is one byte over a multiple of three, so its last letter has four spare bits.
    file = _make_key(tmp_path, "key", "-t", "rsa", "-b", "2048")
    signature = _sign(file)
    start, last = signature[: signature.index(b"==") - 1], signature[signature.index(b"==") - 1]

    respelled = start + bytes([last + 1]) + b"==\n" + FOOT

    assert _blob(respelled) == _blob(signature)
    assert not check(CONTENT, respelled, _line(file), email=EMAIL).is_valid


def _flip(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


@pytest.mark.parametrize(
    "email", ["", "-Oprint-pubkey", "a b", "a\tb", "a,b", "*", "a?", "!a", "a\nb", "a\0b", "a" * 300]
)
def test_an_address_that_could_be_misread_never_signs(tmp_path: Path, email: str) -> None:
    file = _make_key(tmp_path)

    checked = check(CONTENT, _sign(file), _line(file, "*"), email=email)

    assert not checked.is_valid
    assert "cannot stand for a signer" in checked.reason


def test_the_line_of_a_signer_may_hold_patterns_and_options(tmp_path: Path) -> None:
    file = _make_key(tmp_path)
    signature = _sign(file)
    accepted = [
        _line(file, "*@example.org"),
        _line(file, "?da@example.org,ben@example.org"),
        _line(file, '"ben@example.org,ada@example.org"'),
        _line(file, options=f'namespaces="git,{NAMESPACE}"'),
        _line(file, options='namespaces="*@reviewer.v1"'),
        _line(file, options='valid-after="20200101",valid-before="20990101"'),
    ]
    refused = {
        _line(file, "!ada@example.org,*@example.org"): "not for ada@example.org",
        _line(file, "*@example.com"): "may sign for *@example.com, not for ada@example.org",
        _line(file, options='namespaces="git,file"'): f'not permitted for use in signature namespace "{NAMESPACE}"',
        _line(file, options="cert-authority"): "is not among the allowed signers",
        _line(file, options="frob"): "allowed_signers line 1: bad options",
    }

    assert [line for line in accepted if not check(CONTENT, signature, line, email=EMAIL).is_valid] == []
    for line, expected in refused.items():
        checked = check(CONTENT, signature, line, email=EMAIL)
        assert not checked.is_valid, line
        assert expected in checked.reason, (line, checked.reason)


def test_an_address_need_not_be_ascii(tmp_path: Path) -> None:
    file = _make_key(tmp_path)

    assert check(CONTENT, _sign(file), _line(file, "zoë@exämple.org"), email="zoë@exämple.org").is_valid


@pytest.mark.parametrize(
    "around",
    [
        b"# keys of the team\n%s",
        b"\n\n  \t\n%s",
        b"total rubbish\n%s",
        b"ada@example.org ssh-ed25519 AAAArubbish\n%s",
        b"ada@example.org frob=1 %s\n%s",
        b"\xff\xfe\x00\n%s",
        b"%s<<<<<<< HEAD\n",
        b"x" * 100_000 + b"\n%s",
    ],
)
def test_lines_that_are_no_signers_neither_help_nor_hide_the_others(tmp_path: Path, around: bytes) -> None:
    ada, eve = _make_key(tmp_path, "ada"), _make_key(tmp_path, "eve")
    allowed = around.replace(b"%s", _line(ada))

    assert check(CONTENT, _sign(ada), allowed, email=EMAIL).is_valid
    assert not check(CONTENT, _sign(eve), allowed, email=EMAIL).is_valid


def test_signers_with_windows_line_ends_are_read_alike(tmp_path: Path) -> None:
    ada, eve = _make_key(tmp_path, "ada"), _make_key(tmp_path, "eve")
    allowed = (b"# team\n\n" + _line(ada)).replace(b"\n", b"\r\n")

    assert check(CONTENT, _sign(ada), allowed, email=EMAIL).is_valid
    assert not check(CONTENT, _sign(eve), allowed, email=EMAIL).is_valid


@pytest.mark.parametrize("allowed", [b"", b"\n", b"# nobody yet\n", b"ada@example.org\n", b"\0" * 1000])
def test_nobody_signs_where_nobody_is_allowed(tmp_path: Path, allowed: bytes) -> None:
    checked = check(CONTENT, _sign(_make_key(tmp_path)), allowed, email=EMAIL)

    assert not checked.is_valid
    assert "is not among the allowed signers" in checked.reason


def test_without_a_file_of_signers_the_key_is_named_and_nothing_is_valid(tmp_path: Path) -> None:
    signature = _sign(_make_key(tmp_path))
    fingerprint = fingerprint_of(CONTENT, signature)

    checked = check(CONTENT, signature, None, email=EMAIL)

    assert not checked.is_valid
    assert checked.reason.startswith(f"signed by {fingerprint}, not checked against anything")
    assert fingerprint == checked.fingerprint
    assert "another content" in check(OTHER, signature, None, email=EMAIL).reason


def test_a_fingerprint_is_given_only_for_a_signature_over_this_content(tmp_path: Path) -> None:
    signature = _sign(_make_key(tmp_path))

    assert (fingerprint_of(CONTENT, signature) or "").startswith("SHA256:")
    assert [fingerprint_of(OTHER, signature), fingerprint_of(CONTENT, signature * 2)] == [None, None]


def test_a_file_of_signers_without_end_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(CannotDetermine, match="allowed_signers is larger than 1024 KiB"):
        check(CONTENT, _sign(_make_key(tmp_path)), b"#\n" * 1_000_000, email=EMAIL)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ('valid-before="20251231"', "key has expired"),
        ('valid-after="20260102"', "key is not yet valid"),
        ('valid-after="202601010001"', "key is not yet valid"),
        ('valid-before="202512312359"', "key has expired"),
        ('valid-after="202512312359",valid-before="202601010001"', None),
    ],
)
@pytest.mark.parametrize("zone", ["UTC0", "NZST-12", "HST+10"])
def test_the_verifiers_time_decides_and_no_time_zone_matters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, expected: str | None, zone: str
) -> None:
    file = _make_key(tmp_path)
    monkeypatch.setenv("TZ", zone)

    checked = check(CONTENT, _sign(file), _line(file, options=options), email=EMAIL, at=NEW_YEAR)

    assert checked.is_valid is (expected is None)
    assert (expected or "signed by") in checked.reason


def test_without_a_given_time_the_clock_decides(tmp_path: Path) -> None:
    file = _make_key(tmp_path)
    yesterday = f'valid-before="{datetime.now(UTC) - timedelta(days=1):%Y%m%d}"'

    checked = check(CONTENT, _sign(file), _line(file, options=yesterday), email=EMAIL)

    assert not checked.is_valid
    assert "key has expired" in checked.reason


@pytest.mark.parametrize(
    ("names", "email", "expected"),
    [
        (("-n", EMAIL), EMAIL, None),
        (("-n", EMAIL), "eve@example.org", "name is not a listed principal"),
        ((), EMAIL, "Certificate lacks principal list"),
        (("-n", EMAIL, "-V", "20200101:20210101"), EMAIL, "expired"),
        (("-n", EMAIL, "-h"), EMAIL, "not a user certificate"),
    ],
)
def test_a_certificate_counts_for_the_names_and_days_its_authority_gave_it(
    tmp_path: Path, names: tuple[str, ...], email: str, expected: str | None
) -> None:
    authority, file = _make_key(tmp_path, "authority"), _make_key(tmp_path)
    _keygen("-s", authority, "-I", "id", *names, f"{file}.pub")
    allowed = _line(authority, "*@example.org", "cert-authority")

    checked = check(CONTENT, _sign(tmp_path / "key-cert.pub"), allowed, email=email, at=NEW_YEAR)

    assert checked.is_valid is (expected is None)
    assert (expected or "signed by") in checked.reason


def test_without_ssh_keygen_nothing_is_known(scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _make_key(tmp_path)
    signature = _sign(file)
    _configure(scratch, monkeypatch, gpg_format="ssh", user_signingKey=str(file))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    with pytest.raises(CannotDetermine, match="ssh-keygen was not found; install OpenSSH"):
        check(CONTENT, signature, _line(file), email=EMAIL)

    assert "ssh-keygen was not found" in _reason(signing_key(scratch.repository))


@pytest.mark.parametrize(
    "body",
    ["kill -11 $$", "echo 'unknown option -- Y' >&2; exit 1", "echo 'No user exists for uid 12345' >&2; exit 255"],
)
def test_an_ssh_keygen_that_cannot_answer_has_not_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    file = _make_key(tmp_path)
    signature = _sign(file)
    _script(tmp_path / "old" / "ssh-keygen", body)
    monkeypatch.setenv("PATH", str(tmp_path / "old"))

    with pytest.raises(CannotDetermine, match=r"signatures need OpenSSH 8\.2 or newer"):
        check(CONTENT, signature, _line(file), email=EMAIL)


def test_no_agent_and_no_setting_of_the_user_has_a_part_in_checking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, seen = _make_key(tmp_path), tmp_path / "seen"
    signature, real = _sign(file), shutil.which("ssh-keygen")
    _script(tmp_path / "bin" / "ssh-keygen", f'env >> {shlex.quote(str(seen))}\nexec {real} "$@"')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nowhere")

    assert check(CONTENT, signature, _line(file), email=EMAIL).is_valid

    lines = seen.read_text().splitlines()
    assert "TZ=UTC0" in lines
    assert {line.partition("=")[0] for line in lines} <= {"LC_ALL", "TZ", "PATH", "PWD", "OLDPWD", "SHLVL", "_"}


def test_nothing_is_left_behind(tmp_path: Path, temporary: Path) -> None:
    file = _make_key(tmp_path)

    signature = _sign(file)
    check(CONTENT, signature, _line(file), email=EMAIL)
    check(OTHER, signature, _line(file), email=EMAIL)

    assert list(temporary.iterdir()) == []


def test_a_temporary_folder_that_is_missing_is_told(tmp_path: Path, temporary: Path) -> None:
    file = _make_key(tmp_path)
    signature = _sign(file)
    temporary.rmdir()

    with pytest.raises(CannotDetermine, match="no temporary folder for a signature: No such file or directory"):
        check(CONTENT, signature, _line(file), email=EMAIL)


def test_the_answer_does_not_depend_on_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_scratch: Callable[..., Scratch]
) -> None:
    file = _make_key(tmp_path)
    signature = _sign(file)
    elsewhere = make_scratch("elsewhere")
    # Files of the names that ssh-keygen is given.
    for name in ("signature", "content", "allowed_signers"):
        elsewhere.write(name, "rubbish")

    here = check(CONTENT, signature, _line(file), email=EMAIL, at=NEW_YEAR)
    monkeypatch.chdir(elsewhere.folder)

    assert check(CONTENT, signature, _line(file), email=EMAIL, at=NEW_YEAR) == here

"""The users' check, tried before anything goes out (FILE-05): a clean copy is accepted, a changed one refused."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from gatekeeper.dossier.layout import MANIFEST_NAME
from gatekeeper.model.check import UserCheck
from gatekeeper.model.errors import ToolError
from gatekeeper.signing.identity import Expected, ExpectedKey
from gatekeeper.tools.process import run

SUMS_TOOLS = (("sha256sum",), ("gsha256sum",), ("shasum", "-a", "256"))
SECONDS = 3600.0  # hashing a large release on a slow disk takes its time
TAIL = 300  # characters of a tool's last words


def try_users_check(
    artifacts: Path, bundle: bytes, trusted_root: bytes, expected: Expected | ExpectedKey, *, rehearsal: bool
) -> tuple[UserCheck, ...]:
    """Both commands of VERIFY.md on copies of the artifacts folder, with nothing beside what is shipped."""
    with tempfile.TemporaryDirectory(prefix="gatekeeper-users-check-") as scratch:
        place = Path(scratch)
        (place / "bundle.json").write_bytes(bundle)
        (place / "trusted_root.json").write_bytes(trusted_root)
        clean, changed = place / "clean", place / "changed"
        _copy(artifacts, clean, None)
        _copy(artifacts, changed, _smallest(artifacts))
        command = _sums_command()
        tried = [_tried(command, clean, changed=False), _tried(command, changed, changed=True)]
        verify = _verify_command(place, expected, rehearsal=rehearsal)
        tried.append(_tried(verify, clean, changed=False, called="gatekeeper verify"))
        _change(clean / MANIFEST_NAME)
        tried.append(_tried(verify, clean, changed=True, called="gatekeeper verify"))
        return tuple(tried)


def _sums_command() -> tuple[str, ...]:
    tool = next((t for t in SUMS_TOOLS if shutil.which(t[0])), SUMS_TOOLS[0])
    return (*tool, "-c", MANIFEST_NAME)


def _verify_command(place: Path, expected: Expected | ExpectedKey, *, rehearsal: bool) -> tuple[str, ...]:
    if isinstance(expected, ExpectedKey):
        (place / "public_key.pem").write_bytes(expected.public_pem)
        unlogged = () if expected.logged else ("--unlogged",)
        signer: tuple[str, ...] = ("--key", str(place / "public_key.pem"), *unlogged)
    else:
        signer = ("--identity", expected.identity, "--issuer", expected.issuer)
    return (
        sys.executable, "-I", "-m", "gatekeeper", "verify", MANIFEST_NAME,
        "--bundle", str(place / "bundle.json"), "--trusted-root", str(place / "trusted_root.json"),
        *signer, *(("--rehearsal",) if rehearsal else ()),
    )  # fmt: skip


def _tried(command: Sequence[str], folder: Path, *, changed: bool, called: str = "") -> UserCheck:
    """Exit 0 accepts, exit 1 refuses; anything else is no answer."""
    name = called or " ".join(command)
    env = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "SYSTEMROOT", "TMPDIR", "LANG")}
    try:
        done = run(command, cwd=folder, timeout=SECONDS, env=env)
    except ToolError as e:
        return UserCheck(name, changed, accepted=None, said=e.message)
    said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()[-TAIL:] if done.returncode else ""
    answer = {0: True, 1: False}.get(done.returncode)
    return UserCheck(name, changed, accepted=answer, said=said if answer is not False or not changed else "")


def _copy(artifacts: Path, target: Path, changed: Path | None) -> None:
    """A copy of the folder, of links where the disk allows; the changed file is a copy of its own."""
    for source in _files(artifacts):
        copy = target / source.relative_to(artifacts)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        if source == changed:
            _change(copy)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _smallest(artifacts: Path) -> Path:
    return min((f for f in _files(artifacts) if f.name != MANIFEST_NAME), key=lambda f: f.stat().st_size)


def _change(file: Path) -> None:
    raw = file.read_bytes()
    file.write_bytes(bytes((raw[0] ^ 1,)) + raw[1:] if raw else b"x")

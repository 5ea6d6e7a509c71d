"""Evidence that travels between jobs: written by one, bound and checked by the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from gatekeeper import __version__, gate
from gatekeeper.gate import Stored
from gatekeeper.model.check import Context
from gatekeeper.model.errors import EvidenceError, GatekeeperError, SealError
from gatekeeper.policy.policy import Policy
from gatekeeper.tools.hashing import Task, digest_all

SUFFIX = ".sigstore.json"
MAX_BYTES = 512 * 1024 * 1024
_ADVICE = "Collect it again on this commit, under this policy, with all the files to be released."


def save(folder: Path, stored: Iterable[Stored], context: Context, suffix: str = "") -> None:
    """Write one file per check, bound to the files to be released that it saw. Raises SealError where that is not
    possible, EvidenceError where one of those files cannot be read."""
    seen = tuple(sorted(_artifacts(context)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in stored:
            bound = msgspec.structs.replace(each, artifacts=seen)
            (folder / f"{each.check}{suffix}.json").write_bytes(bound.to_bytes())
    except OSError as e:
        raise SealError(f"{folder}: evidence cannot be written: {e.strerror}") from e


def brought(folders: Sequence[Path], context: Context) -> tuple[Stored, ...]:
    """Read evidence of other jobs: each must be of this commit, this policy and this version of the gate, and where its
    check looks into the files to be released, of these files.

    What does not fit stays, as a doubt: its rules are undecided and say why. Evidence of one check from several places
    is one scan in shards, or a doubt as well. Raises EvidenceError for a folder without any evidence.
    """
    found: dict[str, list[Stored]] = {}
    wanted = _artifacts(context) if folders else frozenset()
    for each in _read_all(folders):
        found.setdefault(each.check, []).append(_bound(each, context, wanted))
    return tuple(_as_one(parts) for parts in found.values())


def with_signers(context: Context, folders: Sequence[Path], policy: Policy) -> Context:
    """The same context, knowing who signed the evidence that other jobs brought (SIGN-09)."""
    if not folders:
        return context
    from gatekeeper.dossier.brought import verified

    files = {file: _read(file).check for folder in folders for file in _files(folder)}
    return replace(context, brought=verified(files, policy.params.get("signing"), context))


def _as_one(parts: Sequence[Stored]) -> Stored:
    """The evidence of one check: as it came, or the shards of one scan put together; a doubt in one part is in all."""
    first = parts[0]
    if len(parts) == 1 or any(part.doubt for part in parts):
        return next((part for part in parts if part.doubt), first)
    check = gate.checks().get(first.check)
    if check is None or check.merge is None:
        return _doubtful(first, "evidence for this check was given more than once")
    try:
        whole = check.merge([msgspec.json.decode(part.evidence, type=check.evidence) for part in parts])
    except (GatekeeperError, msgspec.MsgspecError) as e:
        return _doubtful(first, f"the shards do not make one scan: {e}")
    return msgspec.structs.replace(first, evidence=msgspec.Raw(msgspec.json.encode(whole)))


def _read_all(folders: Sequence[Path]) -> Iterator[Stored]:
    for folder in folders:
        files = _files(folder)
        if not files:
            raise EvidenceError(f"{folder}: no evidence there", "Point --evidence at what --save-evidence wrote.")
        yield from (_read(file) for file in files)


def _files(folder: Path) -> list[Path]:
    """The evidence in a folder; a bundle beside a file is its signature, not evidence."""
    return [f for f in sorted(folder.glob("*.json")) if not f.name.endswith(SUFFIX)] if folder.is_dir() else []


def _read(file: Path) -> Stored:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise EvidenceError(f"{file}: larger than {MAX_BYTES} bytes")
        return msgspec.json.decode(file.read_bytes(), type=Stored)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as e:
        raise EvidenceError(f"{file}: not evidence of gatekeeper: {e}", "Collect it again with --save-evidence.") from e


def _artifacts(context: Context) -> frozenset[str]:
    """The digests of the files to be released. Raises EvidenceError for one that cannot be read."""
    return frozenset(found.sha256 for found in digest_all([Task(path.name, path) for path in context.artifacts]))


def _bound(stored: Stored, context: Context, artifacts: frozenset[str]) -> Stored:
    check = gate.checks().get(stored.check)
    if check is None:
        raise EvidenceError(f"evidence for {stored.check!r}, which is no check of this gate", "Take the file away.")
    expected = {"commit": context.commit, "policy_sha256": context.policy_sha256, "gate_version": __version__}
    for name, value in expected.items():
        if not value or getattr(stored, name) != value:
            return _doubtful(
                stored, f"the evidence brought in is of another {name.removesuffix('_sha256').replace('_', ' ')}"
            )
    if check.artifacts and not artifacts <= set(stored.artifacts):
        return _doubtful(stored, "the evidence brought in is not about all of the files to be released")
    return stored


def _doubtful(stored: Stored, doubt: str) -> Stored:
    return msgspec.structs.replace(stored, evidence=msgspec.Raw(b"null"), doubt=doubt, advice=_ADVICE)

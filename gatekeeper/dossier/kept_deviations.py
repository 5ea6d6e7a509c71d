"""The bundles by which people approved deviations.toml, kept so that a receiver need not take the job's word for them.

What the job saw of them stands in the evidence on security issues; who somebody is, in the policy's `[people]`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import tomli

from gatekeeper.dossier import layout
from gatekeeper.dossier.agreement import files_below, same_files
from gatekeeper.dossier.approvals import read_again, root_beside
from gatekeeper.dossier.reading import TAMPERED, Contents
from gatekeeper.dossier.receiver import named_in_record
from gatekeeper.model.errors import NotAuthenticError
from gatekeeper.model.people import people_of
from gatekeeper.model.record import Record
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.verifier import verify_artifact

if TYPE_CHECKING:
    from gatekeeper.gate import Stored

CHECK = "security-issues"


class Signed(msgspec.Struct, frozen=True):
    """An approval as the evidence tells of it, as far as it rests on a bundle; one given by a commit names none."""

    signer: str = ""
    bundle: str = ""
    bundle_sha256: str = ""
    root_sha256: str = ""


class _Seen(msgspec.Struct, frozen=True):
    approvals: tuple[Signed, ...] = ()


class _File(msgspec.Struct, frozen=True):
    evidence: _Seen | None = None


def files_of(root: Path, stored: Iterable[Stored]) -> dict[str, bytes]:
    """The bundles that this evidence rests on by their places in a dossier, byte for byte as they were verified.

    Raises EvidenceError where one is another by now.
    """
    kept: dict[str, bytes] = {}
    for raw in (each.to_bytes() for each in stored if each.check == CHECK):
        for number, signed in enumerate(_signed(raw), 1):
            bundle = root / signed.bundle
            kept[layout.deviation_bundle(number)] = read_again(bundle, signed.bundle_sha256)
            if signed.root_sha256:
                kept[layout.deviation_root(number)] = read_again(root_beside(bundle), signed.root_sha256)
    return kept


def deviations_hold(contents: Contents, record: Record, trusted_root: bytes, *, rehearsal: bool) -> str:
    """Each bundle that the evidence rests on is there, signed by that person over the deviations as they are.

    Raises NotAuthenticError, and TrustRootError where nothing can be said under this root.
    """
    signed = _signed(contents.read(layout.evidence(CHECK))) if CHECK in record.evidence else ()
    same_files("approval of the deviations", _places(signed), files_below(contents, layout.DEVIATION_BUNDLES))
    proven = [
        each.signer
        for number, each in enumerate(signed, 1)
        if _proven(each, number, contents, trusted_root, rehearsal=rehearsal)
    ]
    if len(proven) < len(signed):
        return f"{len(signed)} bundles, {len(proven)} under a root that this rehearsal holds"
    return f"{layout.DEVIATIONS_FILE} as it is, by {', '.join(proven)}" if proven else "no bundle over them"


def _proven(signed: Signed, number: int, contents: Contents, trusted_root: bytes, *, rehearsal: bool) -> bool:
    """Whether the dossier can prove it: a rehearsal holds the root of a rehearsed bundle alone."""
    if rehearsal and not signed.root_sha256:
        return False
    root = contents.read(layout.deviation_root(number)) if rehearsal else trusted_root
    deviations = hashlib.sha256(contents.read(layout.DEVIATIONS_FILE)).digest()
    bundle = contents.read(layout.deviation_bundle(number))
    verify_artifact(bundle, deviations, root, _person(signed.signer, contents), rehearsal=rehearsal)
    return True


def _person(signer: str, contents: Contents) -> Expected:
    try:
        tables = tomli.loads(contents.read(layout.POLICY_FILE).decode())
    except (ValueError, RecursionError) as e:
        raise NotAuthenticError(f"{layout.POLICY_FILE} is not TOML: {e}", TAMPERED) from e
    for person in people_of(tables):
        if person.id == signer:
            return named_in_record(person.identity, person.issuer)
    raise NotAuthenticError(f"{signer} approved deviations, but the policy names no such person", TAMPERED)


def _signed(evidence: bytes) -> tuple[Signed, ...]:
    """Each bundle once, in the order in which the policy names them."""
    try:
        seen = msgspec.json.decode(evidence, type=_File).evidence or _Seen()
    except (ValueError, RecursionError) as e:  # msgspec's errors are ValueErrors
        raise NotAuthenticError(f"{layout.evidence(CHECK)} is not evidence of the gate: {e}", TAMPERED) from e
    return tuple(dict.fromkeys(approval for approval in seen.approvals if approval.bundle))


def _places(signed: Iterable[Signed]) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for number, each in enumerate(signed, 1):
        wanted[layout.deviation_bundle(number)] = each.bundle_sha256
        if each.root_sha256:
            wanted[layout.deviation_root(number)] = each.root_sha256
    return wanted

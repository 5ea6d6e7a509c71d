"""The report of a self-test, signed as a release is: by the policy's identity, with its bundle and root beside it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.dossier.seal import OpenDesk
from gatekeeper.model.errors import SealError, UsageError
from gatekeeper.model.selftest import Report, SelfTest, SignedBy

UNSIGNED = "UNSIGNED: nobody vouches for this report"
REHEARSED = "REHEARSAL: signed by a throw-away Sigstore; nobody vouches for this report"


def bundle_of(report: Path) -> Path:
    """Where the signature over a report lies."""
    return report.with_name(f"{report.name}.sigstore.json")


def root_of(report: Path) -> Path:
    """Where the trust root lies under which that signature verifies."""
    return report.with_name(f"{report.name}.trusted_root.json")


def write_signed(path: Path, result: SelfTest, open_desk: OpenDesk) -> Report:
    """Sign, and only then write report, bundle and root. Raises what signing raises, and SealError."""
    with open_desk() as desk:
        kind, said = ("rehearsal", REHEARSED) if desk.rehearsal else ("release", "")
        report = _report(result, SignedBy(kind, desk.identity, desk.issuer, said))
        raw = report.to_bytes()
        bundle, _ = desk.signer.sign_digest(hashlib.sha256(raw).digest())
        root = desk.trusted_root
    _write({path: raw, bundle_of(path): bundle, root_of(path): root})
    return report


def write_unsigned(path: Path, result: SelfTest) -> Report:
    """Write the report alone. Raises UsageError where the signature of an older one lies beside it."""
    if bundle_of(path).exists():
        raise UsageError(
            f"{bundle_of(path)} is the signature of an older report", "Choose another name, or sign this one too."
        )
    report = _report(result, SignedBy("unsigned", said=UNSIGNED))
    _write({path: report.to_bytes()})
    return report


def _report(result: SelfTest, signature: SignedBy) -> Report:
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return Report(created=created, passed=result.passed, signature=signature, result=result)


def _write(files: dict[Path, bytes]) -> None:
    for path, content in files.items():
        try:
            path.write_bytes(content)
        except OSError as e:
            raise SealError(f"{path}: the report cannot be written: {e.strerror}", "Name another place.") from e

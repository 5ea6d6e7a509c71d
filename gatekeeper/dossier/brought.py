"""Evidence of other jobs that the policy wants signed: verified before it is used (SIGN-09)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from gatekeeper.checks._signing.params import EvidenceSigner, Params
from gatekeeper.dossier.desk import pinned_instance
from gatekeeper.model.check import Brought, Context
from gatekeeper.model.errors import GatekeeperError
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.verifier import verify_digest

SUFFIX = ".sigstore.json"
MAX_BUNDLE_BYTES = 4 * 1024 * 1024


def verified(files: Mapping[Path, str], params: Params | None, context: Context) -> tuple[Brought, ...]:
    """Each evidence file (by path, with its check) and who signed it; unsigned where no identity is required.

    A file whose required signature does not verify keeps its problem; it is never passed off as unsigned.
    """
    wanted = params.signers(context.product) if params else {}
    return tuple(
        _signed(file, check, wanted[check], lambda: _root(context, params)) if check in wanted else _plain(file, check)
        for file, check in files.items()
    )


def _plain(file: Path, check: str) -> Brought:
    return Brought(check, file.name, hashlib.sha256(file.read_bytes()).hexdigest())


def _signed(file: Path, check: str, signer: EvidenceSigner, root: Callable[[], bytes]) -> Brought:
    seen = _plain(file, check)
    bundle = file.with_name(file.name + SUFFIX)
    if not bundle.is_file():
        return Brought(check, file.name, seen.sha256, problem="is not signed")
    try:
        expected = Expected(identity=signer.identity, issuer=signer.issuer)
        raw = bundle.read_bytes()[: MAX_BUNDLE_BYTES + 1]
        found = verify_digest(raw, bytes.fromhex(seen.sha256), root(), expected)
    except GatekeeperError as e:
        return Brought(check, file.name, seen.sha256, problem=e.message)
    return Brought(check, file.name, seen.sha256, found.identity, found.issuer)


def _root(context: Context, params: Params | None) -> bytes:
    """The root that the policy pins, in a rehearsal too: evidence of other jobs is real, or it is none."""
    assert params is not None
    return pinned_instance(context.root, params).trusted_root

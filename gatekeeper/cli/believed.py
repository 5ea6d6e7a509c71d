"""Whom `verify` believes: what the call says, then the receiver's own file; never, unsaid, what lies in the dossier."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.cli.exits import say
from gatekeeper.model.errors import UsageError

if TYPE_CHECKING:
    from gatekeeper.dossier.receiver import Receiver


def believed(
    dossier: Path,
    identity: str,
    issuer: str,
    file: Path | None,
    root: Path | None,
    key: Path | None,
    root_sha256: str = "",
) -> Receiver:
    """The receiver that a call describes. Raises UsageError, PolicyError, EvidenceError."""
    from gatekeeper.dossier.receiver import Receiver, read_key, read_receiver, read_root, within

    if bool(identity) != bool(issuer):
        raise UsageError("--identity and --issuer belong together", "Give both, as the manufacturer published them.")
    file = file or _found(named=bool(identity or key))
    if file is not None and within(file, dossier):
        raise UsageError(f"{file} lies in the dossier: what it says proves nothing", "Keep it somewhere else.")
    found = read_receiver(file, dossier) if file is not None else Receiver()
    if identity:  # who is named in the call stands alone: no key of the file signs in his place
        found = replace(found, identity=identity, issuer=issuer, certificate={}, key=b"")
    if root is not None:
        found = replace(found, trusted_root=b"" if within(root, dossier) else read_root(root))
    if root_sha256:
        found = replace(found, trusted_root_sha256=_digest(root_sha256))
    if key is not None:
        found = replace(found, key=read_key(key), key_in_dossier=within(key, dossier))
    return found


def _digest(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise UsageError(f"{text!r} is no SHA-256 of a trust root", "Give its 64 hexadecimal digits, as published.")
    return text.lower()


def _found(*, named: bool) -> Path | None:
    """The file in the current folder, if the call names nobody; whoever runs this must know whether it was used."""
    from gatekeeper.dossier.receiver import RECEIVER_FILE

    file = Path(RECEIVER_FILE)
    if not file.is_file():
        return None
    if named:
        say(f"{file} in {Path.cwd()} is not used, as the call says who must have signed; --receiver {file} uses it")
        return None
    say(f"believing {file} in {Path.cwd()}")
    return file


def caveat(receiver: Receiver) -> str:
    """What of the verdict rests on the dossier's own word; empty where nothing does."""
    from gatekeeper.dossier import layout

    if receiver.rehearsal:
        return ""
    if receiver.key_in_dossier:
        return f"by the public key in the dossier itself ({layout.PUBLIC_KEY}), which a forger would have exchanged"
    if not (receiver.key or receiver.trusted_root or receiver.trusted_root_sha256):
        return (
            f"under the trust root in the dossier itself ({layout.TRUSTED_ROOT}), which a forger would have exchanged"
        )
    return ""

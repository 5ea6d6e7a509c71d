"""Collecting for the `sbom` check: read the files that the policy names, bounded, and say what could not be read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from gatekeeper.model.check import Context
from gatekeeper.model.errors import EvidenceError, GatekeeperError
from gatekeeper.sbom import contents, locking, overlay, reader, statements, strict_json
from gatekeeper.sbom.evidence import Evidence, Note, Received
from gatekeeper.sbom.overlay import Overlay
from gatekeeper.sbom.params import Params
from gatekeeper.sbom.statements import Attested

_TEXT_BYTES = 8 * 2**20


def collect(context: Context, params: Params, *, with_locks: bool = True) -> Evidence:
    """Read the SBOM and all that it is compared with. Raises EvidenceError where the SBOM is not there."""
    with strict_json.uncollected():
        return _collect(context, params, with_locks)


def _collect(context: Context, params: Params, with_locks: bool) -> Evidence:
    name = context.product.fill(params.file)
    raw = bounded(context.root / name, strict_json.MAX_BYTES + 1)
    reading = reader.read(raw, Path(name).name)
    over = overlay_of(context.root, params)
    return Evidence(
        path=name,
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        format=reading.format,
        unreadable=reading.unreadable,
        unknown=reading.unknown,
        faults=reading.faults,
        bom=reading.bom,
        locks=locking.collect(context, params) if reading.bom and with_locks else (),
        overlay=over,
        risks=_risks(context.root, params, over),
        received=tuple(_received(context.root, over)),
        contents=contents.look_inside(context.artifacts, context.product.name),
        note=_note(context.root, params, Path(name).name),
        statements=tuple(_attested(context, params, context.product.fill(s), raw) for s in params.statements),
    )


def _attested(context: Context, params: Params, name: str, sbom: bytes) -> Attested:
    """A statement with what came of its signature: by exactly the author of the policy, under the policy's root."""
    try:
        bundle = bounded(context.root / name, strict_json.MAX_BYTES + 1)
    except EvidenceError as e:
        return Attested(path=name, fault=e.message)
    said = statements.read(name, bundle, sbom, hashlib.sha256(sbom).hexdigest())
    if said.fault:
        return said
    if context.verify is None or not (params.author_identity and params.author_issuer):
        text = "its signature cannot be verified: [sbom] author-identity and author-issuer are needed"
        return msgspec.structs.replace(said, unverified=text)
    try:
        refusal = context.verify(bundle, said.subjects[0][1], params.author_identity, params.author_issuer, b"")
    except (GatekeeperError, ValueError) as e:  # ValueError: a digest that is no hex
        return msgspec.structs.replace(said, unverified=f"its signature could not be verified: {e}")
    if refusal:
        return msgspec.structs.replace(said, fault=f"the author of the policy did not sign it: {refusal}")
    return msgspec.structs.replace(said, signer=params.author_identity, issuer=params.author_issuer)


def bounded(path: Path, limit: int) -> bytes:
    """At most `limit` bytes of a plain file. Raises EvidenceError where there is none."""
    try:
        if not path.is_file():
            raise EvidenceError(
                f"{path.name} is not there", "Generate it with `gatekeeper sbom build`, or name it in [sbom] file."
            )
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as e:
        raise EvidenceError(f"{path.name} cannot be read: {e.strerror}") from e


def overlay_of(root: Path, params: Params) -> Overlay:
    """The components overlay; an empty one where there is no file."""
    path = root / params.components
    if not path.is_file():
        return Overlay()
    raw = bounded(path, 2 * _TEXT_BYTES)
    return overlay.load(raw, params.components, hashlib.sha256(raw).hexdigest())


def _risks(root: Path, params: Params, over: Overlay) -> tuple[str, ...]:
    """Those risk ids of the overlay that stand in the risk file as whole words."""
    wanted = sorted({e.risk for e in over.entries if e.risk})
    if not params.risks or not wanted:
        return ()
    text = bounded(root / params.risks, _TEXT_BYTES).decode("utf-8", "replace")
    return tuple(r for r in wanted if re.search(rf"(?<![\w-]){re.escape(r)}(?![\w-])", text))


def _received(root: Path, over: Overlay) -> Iterable[Received]:
    for name in dict.fromkeys(d.file for e in over.entries for d in e.received):
        path = root / name
        inside = path.resolve().is_relative_to(root.resolve())
        if "://" not in name and inside and path.is_file() and path.stat().st_size <= strict_json.MAX_BYTES:
            yield Received(name, hashlib.sha256(path.read_bytes()).hexdigest())
        else:
            yield Received(name)


def _note(root: Path, params: Params, sbom: str) -> Note:
    name = params.distribution_note
    if not name:
        return Note()
    try:
        text = bounded(root / name, _TEXT_BYTES).decode("utf-8", "replace")
    except EvidenceError as e:
        return Note(name, fault=e.message)
    wanted = (sbom.lower(), "sbom", "software bill of materials", "ソフトウェア部品表")
    for number, line in enumerate(text.splitlines(), 1):
        if any(word in line.lower() for word in wanted):
            return Note(name, number)
    return Note(name, fault="does not name the SBOM")

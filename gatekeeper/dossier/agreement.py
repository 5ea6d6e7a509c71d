"""Whether the parts of a dossier agree with its record, both ways; a difference raises NotAuthenticError."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from gatekeeper.dossier import layout
from gatekeeper.dossier.instructions import instructions
from gatekeeper.dossier.reading import TAMPERED, Contents
from gatekeeper.dossier.receipt import Receipt, nothing_secret, outputs_agree, record_is_bound, results_of
from gatekeeper.model.errors import NotAuthenticError
from gatekeeper.model.record import Record, to_bytes
from gatekeeper.model.sums import render
from gatekeeper.model.verdict import decide
from gatekeeper.model.words import Decision
from gatekeeper.signing.identity import ExpectedKey
from gatekeeper.signing.managed import MANAGED, key_identity


def files_agree(contents: Contents, record: Record) -> str:
    """The released files and their list are those of the record."""
    wanted = {layout.artifact(a.name): a.sha256 for a in record.artifacts}
    there = {n: d for n, d in contents.digests.items() if n.startswith(f"{layout.ARTIFACTS}/") and n != layout.MANIFEST}
    same_files("released file", wanted, there)
    if not wanted:
        raise NotAuthenticError("the record is about no files at all", TAMPERED)
    sums = render({a.name: a.sha256 for a in record.artifacts}).encode()
    if contents.read(layout.MANIFEST) != sums:
        raise NotAuthenticError(f"{layout.MANIFEST} does not list the released files", TAMPERED)
    return f"{len(wanted)} files, as recorded"


def contents_agree(contents: Contents, record: Record) -> str:
    """Evidence, policy, trust root, report and instructions are those of the record."""
    evidence = {layout.evidence(check): sha256 for check, sha256 in record.evidence.items()}
    same_files("evidence", evidence, files_below(contents, layout.EVIDENCE))
    policy = {
        layout.POLICY_FILE: record.policy.sha256,
        layout.CATALOGUE_FILE: record.policy.catalogue_sha256,
        layout.RULES_FILE: record.policy.rules_sha256,
    }
    if record.policy.deviations_sha256:
        policy[layout.DEVIATIONS_FILE] = record.policy.deviations_sha256
    same_files("policy", policy, files_below(contents, "policy"))
    root = contents.read(layout.TRUSTED_ROOT)
    if hashlib.sha256(root).hexdigest() != record.trust_root_sha256:
        raise NotAuthenticError("the trust root is not the one under which this was signed", TAMPERED)
    _public_key_agrees(contents, record)
    if contents.read(layout.VERIFY).decode("utf-8", "replace") != instructions(record, root):
        raise NotAuthenticError(f"{layout.VERIFY} does not say what holds for this release", TAMPERED)
    for name in layout.WHEN_SEALED:
        contents.read(name)
    return f"{len(evidence)} files of evidence, as recorded"


def _public_key_agrees(contents: Contents, record: Record) -> None:
    """A managed key's public half lies there for the commands of VERIFY.md; it must be the one that signed."""
    managed = record.sealing.issuer == MANAGED
    if managed != (layout.PUBLIC_KEY in contents.digests):
        raise NotAuthenticError(f"{layout.PUBLIC_KEY} is {'missing' if managed else 'not in the record'}", TAMPERED)
    if managed and key_identity(ExpectedKey(contents.read(layout.PUBLIC_KEY))) != record.sealing.identity:
        raise NotAuthenticError(f"{layout.PUBLIC_KEY} is not the key that signed", TAMPERED)


def receipt_agrees(contents: Contents, record: Record) -> str:
    """The receipt is about this record, and what it says is found again (CHAIN-09, GATE-08, KEY-03)."""
    raw = contents.read(layout.RECEIPT)
    try:
        receipt = msgspec.json.decode(raw, type=Receipt)
    except (ValueError, RecursionError) as e:
        raise NotAuthenticError(f"{layout.RECEIPT} is not a receipt: {e}", TAMPERED) from e
    faults = [*receipt.faults, *_found_again(contents, record)]
    if to_bytes(receipt) != raw:
        faults.append(f"{layout.RECEIPT} is not as the gate writes it")
    if receipt.record_sha256 != contents.digests[layout.RECORD] or receipt.decision is not record.decision:
        faults.append("the receipt is about another record")
    if faults:
        raise NotAuthenticError("\n".join(faults), TAMPERED)
    return f"{len(receipt.rules)} rules about the record, all passed"


def _found_again(contents: Contents, record: Record) -> Iterator[str]:
    page = contents.read(layout.REPORT).decode("utf-8", "replace")
    written = {n: contents.read(n) for n in contents.names if not n.startswith(f"{layout.ARTIFACTS}/")}
    judgements = (
        record_is_bound(contents.digests[layout.RECORD], (), page),
        outputs_agree(record, page),
        nothing_secret(written, {}),
    )
    return (f"{j.rule}: {f.message}" for j in judgements for f in j.findings)


def decision_follows(record: Record) -> str:
    """The decision is what the results come to, and the run got to its end."""
    results_hold(record, held_back=False)
    if record.stage != "sealed":
        raise NotAuthenticError(f"the record was written when nothing was sealed yet ({record.stage})", TAMPERED)
    return f"{record.decision}, as its {len(record.rules)} results come to"


def results_hold(record: Record, *, held_back: bool) -> None:
    """Each outcome is what its row comes to, and the decision what they all come to.

    Where it may be held back, good results may stand under `undecided`: a part was judged, or another time, or nobody
    signed. Raises NotAuthenticError.
    """
    derived = decide(results_of(record))
    held = held_back and derived is Decision.RELEASE and record.decision is Decision.UNDECIDED
    if derived is not record.decision and not held:
        raise NotAuthenticError(f"the record says {record.decision}, but its results come to {derived}", TAMPERED)
    for row, result in zip(record.rules, results_of(record), strict=True):
        if row.outcome is not result.outcome:
            raise NotAuthenticError(f"{row.id} is called {row.outcome}, but comes to {result.outcome}", TAMPERED)


def files_below(contents: Contents, folder: str) -> dict[str, str]:
    """The files of a folder of the dossier, with their digests."""
    return {name: digest for name, digest in contents.digests.items() if name.startswith(f"{folder}/")}


def same_files(what: str, wanted: dict[str, str], there: dict[str, str]) -> None:
    """Compare both ways what should lie there with what does. Raises NotAuthenticError for the first difference."""
    for name in sorted(wanted.keys() | there.keys()):
        if name not in there:
            raise NotAuthenticError(f"{name} is missing: the record names it", TAMPERED)
        if name not in wanted:
            raise NotAuthenticError(f"{name} is no {what} of this record", TAMPERED)
        if wanted[name] != there[name]:
            raise NotAuthenticError(f"{name} is not the {what} of this record", TAMPERED)

"""Reading a bundle's own JSON: bounded, strict, and in the one form that the signer's tools write.

The library accepts many spellings of one bundle: repeated keys, base64 with rubbish in it, proof fields that it
never compares. A sealed file must not be open to such changes, so they are refused here.
"""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gatekeeper.signing.certificate import utc
from gatekeeper.signing.failures import TamperedError
from gatekeeper.signing.verified import LogEntry, Timestamp

if TYPE_CHECKING:
    from sigstore_models.bundle.v1 import Bundle

MAX_DIGEST_BUNDLE = 512 * 1024
MAX_STATEMENT_BUNDLE = 64 * 1024 * 1024
MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
STATEMENT_TYPE = "application/vnd.in-toto+json"
Json = dict[str, Any]
_SIGNATURE_LINE = re.compile(r"\N{EM DASH} (\S{1,200}) ([A-Za-z0-9+/]{8,1000}={0,2})")
_WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


def bounded(raw: bytes, limit: int, what: str = "bundle") -> bytes:
    """The same bytes, if they are not too many to be looked at. Raises TamperedError."""
    if len(raw) > limit:
        raise TamperedError(f"the {what} has {len(raw)} bytes; {limit} are the most that is accepted")
    return raw


def strict_json(raw: bytes, what: str) -> Json:
    """A JSON object without repeated keys and numbers that are none. Raises TamperedError."""
    try:
        value = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as e:
        raise TamperedError(f"the {what} is not strict JSON: {str(e)[:120]}") from e
    if not isinstance(value, dict):
        raise TamperedError(f"the {what} is not a JSON object")
    return value


def _once(pairs: list[tuple[str, object]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is stated twice")
    return found


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is no number")


def parsed(raw: bytes) -> tuple[Json, Bundle]:
    """A bundle that sigstore's own reader does not take, of a key or without log entry. Raises TamperedError."""
    from sigstore_models.bundle.v1 import Bundle

    tree = strict_json(raw, "bundle")
    tree["verificationMaterial"].setdefault("tlogEntries", [])  # an empty list is left away by many writers
    model = Bundle.from_json(json.dumps(tree))
    _demand(tree["mediaType"] == MEDIA_TYPE, f"it is not of the type {MEDIA_TYPE}")
    _demand(model.to_dict() == tree, "the bundle is not in the form in which signers write it")
    envelope_is_plain(tree)
    return tree, model


def log_entry(tree: Json, log_ids: frozenset[str]) -> Json:
    """The bundle's only log entry, its parts compared with each other where the library does not.

    `log_ids` are the trust root's logs, base64. Raises TamperedError.
    """
    (entry,) = tree["verificationMaterial"]["tlogEntries"]
    proof, kind = entry["inclusionProof"], entry["kindVersion"]
    _demand(entry["logId"]["keyId"] in log_ids, "its log is not among those of the trust root")
    _demand(proof["treeSize"] == checkpoint_lines(proof)[1], "its log proof is for a tree of another size")
    if kind["version"] == "0.0.1":
        _demand("inclusionPromise" in entry, "its log entry has no signed time")
    else:
        _demand(entry["logIndex"] == proof["logIndex"], "its log entry and its proof have different indices")
        _demand("integratedTime" not in entry, "its log entry states a time that the log does not sign")
    body = strict_json(base64.b64decode(entry["canonicalizedBody"]), "log entry")
    _demand((body["kind"], body["apiVersion"]) == (kind["kind"], kind["version"]), "its log entry is of another kind")
    return dict(entry)


def checkpoint_lines(proof: Json) -> tuple[str, str]:
    """Origin and size in a checkpoint of exactly the form of C2SP tlog-checkpoint. Raises TamperedError."""
    note, blank, signatures = proof["checkpoint"]["envelope"].partition("\n\n")
    lines = note.split("\n")
    _demand(bool(blank) and len(lines) >= 3, "its log checkpoint is incomplete")
    signed = signatures.split("\n")
    _demand(signed.pop() == "" and bool(signed), "its log checkpoint does not end with its signatures")
    found = [_SIGNATURE_LINE.fullmatch(line) for line in signed]
    exact = all(match and _is_exact_base64(match[2]) for match in found)
    _demand(exact, "its log checkpoint holds more than signatures")
    named = found[0] is not None and found[0][1] == lines[0].partition(" - ")[0]
    _demand(named, "its log checkpoint is not signed first by the log itself")
    _demand(_WHOLE_NUMBER.fullmatch(lines[1]) is not None, "its log checkpoint has no size")
    return lines[0], lines[1]


def logged(entry: Json) -> LogEntry:
    """The log entry in the record's words."""
    origin, size = checkpoint_lines(entry["inclusionProof"])
    times = [stamp.time for stamp, _ in promised(entry)]
    return LogEntry(
        index=entry["logIndex"],
        log_id=entry["logId"]["keyId"],
        kind=f"{entry['kindVersion']['kind']}/{entry['kindVersion']['version']}",
        origin=origin,
        tree_size=size,
        integrated=times[0] if times else "",
    )


def promised(entry: Json) -> tuple[tuple[Timestamp, datetime], ...]:
    """The log's own time, which the library verified with the promise that signs it."""
    if "inclusionPromise" not in entry:
        return ()
    time = datetime.fromtimestamp(int(entry["integratedTime"]), UTC)
    return ((Timestamp("log", utc(time), checkpoint_lines(entry["inclusionProof"])[0]), time),)


def _is_exact_base64(text: str) -> bool:
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except ValueError:
        return False


def envelope_is_plain(tree: Json) -> None:
    """Refuse what an envelope or signature carries beside what is signed. Raises TamperedError."""
    if "messageSignature" in tree:
        stated = tree["messageSignature"].get("messageDigest", {})
        _demand(stated.get("algorithm") == "SHA2_256", "it does not state the SHA-256 that it is about")
    else:
        envelope = tree["dsseEnvelope"]
        _demand(envelope["payloadType"] == STATEMENT_TYPE, "its payload is not an in-toto statement")
        _demand(not envelope["signatures"][0].get("keyid"), "its envelope names a key that nobody signed")


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise TamperedError(otherwise)

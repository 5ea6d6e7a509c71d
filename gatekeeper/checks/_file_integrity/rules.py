"""The rules of file integrity, each a pure function from what was read to one judgement."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided
from gatekeeper.model.names import collisions, name_fault

if TYPE_CHECKING:
    from gatekeeper.checks._file_integrity.folder import Evidence, SeenFile
    from gatekeeper.model.check import Case
    from gatekeeper.model.facts import ArtifactFact
    from gatekeeper.model.sums import Listed

REGULAR = "a regular file"
RESERVED = "SHA256SUMS"  # the gate writes this list itself, beside the artifacts
KEY_NAME = "sha256:"  # begins the name of a managed key, which nobody vouches for
_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_HEX = re.compile(r"[0-9a-f]+")


def matches(name: str, pattern: str) -> bool:
    """Whether a file name fits a pattern of the policy; case matters on every system."""
    return fnmatch.fnmatchcase(name, pattern)


def complete(evidence: Evidence) -> Judgement:
    """FILE-01: the folder holds what the list says, both ways, and held still while it was read."""
    found = [*_moved(evidence), *_against_call(evidence), *_against_manifest(evidence)]
    doubts = [f.fault for f in evidence.files if f.fault and "changed" not in f.fault]
    found += [_file("FILE-01", f.name, f.fault, "changed") for f in evidence.files if "changed" in f.fault]
    size = sum(f.size for f in evidence.files)
    left = f"; not released: {', '.join(evidence.left_out)}" if evidence.left_out else ""
    seen = f"{len(evidence.files)} files, {size} bytes in {evidence.folder}, listed and hashed{left}"
    return judged("FILE-01", seen if evidence.files else "", found, doubts)


def _moved(evidence: Evidence) -> Iterator[Finding]:
    for name in evidence.moved:
        yield _file("FILE-01", name, "came, went or turned into something else while the gate ran", "moved")


def _against_call(evidence: Evidence) -> Iterator[Finding]:
    """Where the call names the artifacts, it must name exactly what lies in the folder."""
    for name in evidence.strangers:
        yield _file("FILE-01", name, f"was named in the call, but does not lie in {evidence.folder}", "stranger")
    if not evidence.given:
        return
    there = {f.name for f in evidence.files} - {evidence.manifest}
    for name in sorted(there - {*evidence.given}):
        yield _file("FILE-01", name, f"lies in {evidence.folder}, but was not named as an artifact", "unlisted")
    for name in sorted({*evidence.given} - there - {evidence.manifest}):
        yield _file("FILE-01", name, f"was named as an artifact, but is not in {evidence.folder}", "missing")


def _against_manifest(evidence: Evidence) -> Iterator[Finding]:
    """Where the build wrote a list of hashes, it must list exactly what lies in the folder, with these hashes."""
    if not evidence.manifest:
        return
    files = {f.name: f for f in evidence.files if f.name != evidence.manifest}
    listed = sorted((entry.name.removeprefix("./"), entry.line, entry) for entry in evidence.listed)
    for name in sorted(files.keys() - {name for name, _, _ in listed}):
        yield _file("FILE-01", name, f"is not listed in {evidence.manifest}", "not in the manifest")
    for name, _, entry in listed:
        at = Where(f"{evidence.folder}/{evidence.manifest}", entry.line)
        if name not in files:
            yield finding("FILE-01", f"{name} is listed, but is not there", key=["gone", name], where=at)
        elif _digest_of(files[name], entry.algorithm, evidence) not in ("", entry.digest):
            yield finding("FILE-01", f"{name} does not have the listed hash", key=["hash", name], where=at)
    for line in evidence.bad_lines:
        at = Where(f"{evidence.folder}/{evidence.manifest}", line)
        yield finding("FILE-01", "this line lists no file", key=["line", str(line)], where=at)


def _digest_of(file: SeenFile, algorithm: str, evidence: Evidence) -> str:
    """Empty where we computed none: then FILE-03 has something to say."""
    return file.sha256 if algorithm == "sha256" else evidence.compared.get(f"{algorithm} {file.name}", "")


def safe_names(evidence: Evidence) -> Judgement:
    """FILE-02: plain files with names that mean the same on every system."""
    names = [f.name for f in evidence.files]
    found = [_file("FILE-02", name, fault, "name") for name in names if (fault := name_fault(name))]
    found += [_file("FILE-02", f.name, f"is {f.kind}, no regular file", "kind") for f in _irregular(evidence)]
    found += [_file("FILE-02", f.name, f"is the same file as {f.twin}", "twin") for f in evidence.files if f.twin]
    found += [_file("FILE-02", b, f"and {a} are one file on some systems", f"as {a}") for a, b in collisions(names)]
    if RESERVED in names and evidence.manifest != RESERVED:
        found.append(_file("FILE-02", RESERVED, "is a name that the gate writes itself", "reserved"))
    return judged("FILE-02", f"{len(names)} names" if names else "", found)


def _irregular(evidence: Evidence) -> Iterator[SeenFile]:
    return (f for f in evidence.files if f.kind != REGULAR)


def strong_hashes(evidence: Evidence) -> Judgement:
    """FILE-03: SHA-256 for every file; a manifest of the build's own may use nothing weaker."""
    found = [f for entry in evidence.listed for f in _weak(evidence, entry)]
    hashed = [f for f in evidence.files if f.sha256]
    bare = [f.name for f in evidence.files if f.kind == REGULAR and not f.sha256]
    doubts = [f"{name} has no SHA-256" for name in bare]
    if evidence.manifest and not evidence.listed:
        doubts.append(f"{evidence.manifest} lists nothing")
    extra = " and SHA-512" if hashed and all(f.sha512 for f in hashed) else ""
    own = f"; {len(evidence.listed)} lines of {evidence.manifest}" if evidence.manifest else ""
    return judged("FILE-03", f"SHA-256{extra} of {len(hashed)} files{own}" if hashed else "", found, doubts)


def _weak(evidence: Evidence, entry: Listed) -> Iterator[Finding]:
    at = Where(f"{evidence.folder}/{evidence.manifest}", entry.line)
    if not entry.algorithm:
        fault = "nothing names the algorithm of this hash"
    elif entry.algorithm not in _LENGTHS:
        fault = f"{entry.algorithm} is not a strong hash"
    elif len(entry.digest) != _LENGTHS[entry.algorithm]:
        fault = f"{len(entry.digest)} digits are not a whole {entry.algorithm}"
    elif not _HEX.fullmatch(entry.digest):
        fault = "this hash is not lower-case hex"
    else:
        return
    yield finding("FILE-03", f"{entry.name}: {fault}", key=[entry.name, fault], where=at)


def expected_files(evidence: Evidence, patterns: Sequence[tuple[str, int]]) -> Judgement:
    """FILE-04: each pattern has its number of files, every file a pattern, and none is empty."""
    names = [f.name for f in evidence.files if f.name != evidence.manifest]
    found = []
    for pattern, count in patterns:
        have = [n for n in names if matches(n, pattern)]
        if len(have) != count:
            said = f"the pattern {pattern} fits {len(have)} files ({', '.join(have[:5]) or 'none'}), not {count}"
            found.append(finding("FILE-04", said, key=["pattern", pattern], where=Where(evidence.folder)))
    for name in names:
        if not any(matches(name, pattern) for pattern, _ in patterns):
            found.append(_file("FILE-04", name, "fits no artifact pattern of the policy", "stray"))
    empty = [f.name for f in evidence.files if f.kind == REGULAR and not f.size and not f.fault]
    found += [_file("FILE-04", name, "is empty", "empty") for name in empty]
    doubts = () if patterns else ("[file-integrity] artifacts names no artifact",)
    seen = f"{len(names)} files for {len(patterns)} patterns" if names else ""
    if not names and not found:
        return undecided("FILE-04", f"{evidence.folder} holds no files")
    return judged("FILE-04", seen, found, doubts)


def instructions(evidence: Evidence) -> Judgement:
    """FILE-06: users find in the release how to check it, with the values that hold for it."""
    artifacts = [f.name for f in evidence.files if f.sha256 and f.name not in (evidence.manifest, evidence.document)]
    if not artifacts:
        return undecided("FILE-06", "there are no artifacts to give instructions for")
    stated = dict(evidence.signer)
    needed = ("identity",) if stated.get("identity", "").startswith(KEY_NAME) else ("identity", "issuer")
    doubts = [f"[signing] does not state the {what}" for what in needed if what not in stated]
    if not evidence.document:
        seen = f"VERIFY.md goes into the dossier, written from the record, for {len(artifacts)} files"
        return judged("FILE-06", seen, doubts=doubts)
    wanted = [*evidence.signer, *(("file name", name) for name in artifacts), ("command", "sha256sum -c")]
    missing = [f'does not state the {what} "{value}"' for what, value in wanted if value not in evidence.document_text]
    at = Where(f"{evidence.folder}/{evidence.document}")
    found = [finding("FILE-06", f"{evidence.document} {fault}", key=[fault], where=at) for fault in missing]
    return judged("FILE-06", f"{evidence.document} names {len(artifacts)} files", found, doubts)


def sound_archives(evidence: Evidence) -> Judgement:
    """FILE-08: archives open within bounds, agree with their own checksums, and keep to themselves."""
    if not evidence.files:
        return undecided("FILE-08", f"{evidence.folder} holds no files")
    if not evidence.archives:
        return judged("FILE-08", f"{len(evidence.files)} files, none of them an archive that the gate opens")
    found = [_file("FILE-08", f"{a.name}!", fault, fault) for a in evidence.archives for fault in a.faults]
    doubts = [f"{a.name} {a.unread}" for a in evidence.archives if a.unread]
    empty = [
        _file("FILE-08", a.name, "is an archive without files", "empty") for a in evidence.archives if not a.entries
    ]
    entries, size = sum(a.entries for a in evidence.archives), sum(a.size for a in evidence.archives)
    seen = f"{len(evidence.archives)} archives with {entries} files and {size} bytes inside"
    return judged("FILE-08", seen, found + ([] if found or doubts else empty), doubts)


def users_check(case: Case) -> Judgement:
    """FILE-05: on a clean copy every command accepts what is shipped, and refuses it with one byte changed."""
    trials = case.sealing.user_checks
    if not trials:
        return undecided("FILE-05", _unsealed(case), advice="Run `gatekeeper release`.")
    commands = sorted({t.command for t in trials})
    found, doubts = [], []
    for trial in trials:
        state = "with one byte changed" if trial.changed else "as shipped"
        if trial.accepted is None:
            doubts.append(f"{trial.command} could not be run {state}: {trial.said}")
        elif trial.accepted is trial.changed:
            verdict = "accepts" if trial.accepted else "refuses"
            found.append(finding("FILE-05", f"{trial.command} {verdict} the release {state}: {trial.said}",
                                 key=[trial.command, state]))  # fmt: skip
    for command in commands:
        if {t.changed for t in trials if t.command == command} != {True, False}:
            doubts.append(f"{command} was not tried both as shipped and with one byte changed")
    return judged("FILE-05", f"tried on a clean copy: {', '.join(commands)}", found, doubts)


def unchanged(artifacts: Iterable[ArtifactFact], case: Case) -> Judgement:
    """FILE-07: what was judged is what was hashed, signed and kept."""
    judged_on = {a.name: a.sha256 for a in artifacts}
    sealed = {f.name: f for f in case.sealing.files}
    if not sealed:
        return undecided("FILE-07", _unsealed(case), advice="Run `gatekeeper release`.")
    found = []
    for name in sorted(judged_on.keys() | sealed.keys()):
        if fault := _difference(judged_on.get(name, ""), sealed.get(name)):
            found.append(_file("FILE-07", name, fault, "changed"))
    return judged("FILE-07", f"{len(sealed)} files: judged, copied and read again with equal SHA-256", found)


def _difference(judged_sha256: str, sealed: object) -> str:
    again, copied = getattr(sealed, "again", ""), getattr(sealed, "sha256", "")
    if not copied:
        return "was judged, but is not in the dossier"
    if not judged_sha256:
        return "is in the dossier, but was not judged"
    if copied != judged_sha256:
        return "changed between judging and sealing"
    return "" if again == copied else "changed in the dossier after it was hashed"


def _unsealed(case: Case) -> str:
    return case.sealing.outage or "nothing has been sealed yet"


def _file(rule: str, name: str, fault: str, key: str) -> Finding:
    shown = name if name.isprintable() else ascii(name)
    return finding(rule, f"{shown} {fault}", key=[key, name], where=Where(shown))

"""No private key, key store or cloud credential leaves the house, and those that sign are well held (5.8.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from gatekeeper.checks._private_keys import controls, workflows
from gatekeeper.checks._private_keys.controls import Key, Procedure, Signer
from gatekeeper.checks._private_keys.search import Search
from gatekeeper.checks._private_keys.workflows import Workflows
from gatekeeper.model.check import Case, Check, Context
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged
from gatekeeper.model.people import Member, people_of
from gatekeeper.model.words import Level, Phase
from gatekeeper.tools.git import open_repository

Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Reason = Annotated[str, msgspec.Meta(pattern=r"\S")]


class Allowed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One file that may hold a key, such as a key made for tests: named as the finding names it, by digest."""

    path: str  # `dist/a.whl!inner/key.pem` for one inside an archive
    sha256: Sha256
    reason: Reason


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """`[private-keys]`: what is allowed, and how far archives are opened; without a figure the shipped one holds.

    `key` is the managed key, where signing is not keyless; `procedure` protects whatever signs.
    """

    allow: tuple[Allowed, ...] = ()  # keys that may be there, by digest
    archive_max_depth: Annotated[int, msgspec.Meta(ge=1, le=16)] | None = None  # archives inside archives
    archive_max_expanded_bytes: Annotated[int, msgspec.Meta(ge=1)] | None = None  # of one archive
    key: Key | None = None
    procedure: Procedure | None = None


class Sighting(msgspec.Struct, frozen=True):
    """Something that looks like a secret. The secret itself is never kept."""

    path: str  # relative to the root; members of archives behind an exclamation mark
    sha256: str  # of the innermost file
    kind: str
    line: int


class Unread(msgspec.Struct, frozen=True):
    """A file that could not be searched to its end."""

    path: str
    sha256: str
    reason: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was searched, and what was seen."""

    commit: str  # empty where the folder is no repository: then everything in it was searched
    source_files: int
    artifacts: tuple[str, ...]
    attached: int  # files of evidence that the policy names
    files: int  # members of archives included
    archives: int
    bytes: int
    max_depth: int
    max_bytes: int
    sightings: tuple[Sighting, ...]
    unread: tuple[Unread, ...]
    searched: tuple[str, ...] = ()  # digests of the artifacts as they were searched
    workflows: Workflows = Workflows()
    signer: Signer = Signer()
    people: tuple[Member, ...] = ()


def collect(context: Context, params: Params) -> Evidence:
    """Search the source tree and every artifact."""
    depth = params.archive_max_depth or _shipped(context, "archive_max_depth")
    size = params.archive_max_expanded_bytes or _shipped(context, "archive_max_expanded_bytes")
    commit, source = _source(context.root)
    artifacts = tuple(_named(context.root, path) for path in context.artifacts)
    attached = tuple(_named(context.root, path) for path in _attached(context.root, context.tables))
    search = Search(max_depth=depth, max_bytes=size)
    named = {path: name for name, path in (*attached, *source, *artifacts)}
    digests = {path: search.file(path, name) for path, name in named.items()}
    return Evidence(
        commit=commit,
        source_files=len(source),
        artifacts=tuple(name for name, _ in artifacts),
        attached=len(attached),
        files=search.files,
        archives=search.archives,
        bytes=search.size,
        max_depth=depth,
        max_bytes=size,
        sightings=tuple(Sighting(*seen) for seen in search.sightings),
        unread=tuple(Unread(*seen) for seen in search.unread),
        searched=tuple(digests[path] for _, path in artifacts),
        workflows=workflows.read(context.root),
        signer=_signer(context),
        people=people_of(context.tables),
    )


def judge(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """What can be told before anything is signed."""
    yield _no_secrets(evidence, params, case)
    yield controls.protected(params.key, evidence.people, case)
    yield workflows.judge(evidence.workflows)


def judge_approvals(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """What the custodian states."""
    yield controls.attested(params.procedure, evidence.people, case)


def judge_signed(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """What the certificates show."""
    yield controls.short_lived(evidence.signer, params.key, case)


def _no_secrets(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """KEY-02."""
    allowed = {(entry.path, entry.sha256) for entry in params.allow}
    sightings = [seen for seen in evidence.sightings if (seen.path, seen.sha256) not in allowed]
    doubts = [f"{seen.path} {seen.reason}" for seen in evidence.unread if (seen.path, seen.sha256) not in allowed]
    doubts += [
        f"{artifact.name} of the release was not searched: name it in the call, where this evidence is collected"
        for artifact in case.facts.artifacts
        if artifact.sha256 not in evidence.searched
    ]
    if not evidence.source_files:
        doubts.append("no source file was found to search")
    return judged(
        "KEY-02",
        _observed(evidence, len(allowed)),
        (*map(_found, sightings), *_stale(evidence, params)),
        doubts,
    )


def _found(seen: Sighting) -> Finding:
    return finding(
        "KEY-02",
        f"{seen.kind} in {seen.path} (sha256 {seen.sha256})",
        key=(seen.path, seen.kind, seen.sha256, str(seen.line)),
        where=Where(seen.path, seen.line),
        level=Level.CRITICAL,
    )


def _stale(evidence: Evidence, params: Params) -> Iterator[Finding]:
    seen = {(item.path, item.sha256) for item in evidence.sightings}
    seen |= {(item.path, item.sha256) for item in evidence.unread}
    for entry in params.allow:
        if (entry.path, entry.sha256) not in seen:
            yield finding(
                "KEY-02",
                f"the allow entry for {entry.path} with sha256 {entry.sha256[:12]}… fits no file that holds a key",
                key=("allow", entry.path, entry.sha256),
                where=Where("gatekeeper.toml", pointer=f"private-keys.allow {entry.path}"),
                remedy="Remove the entry, or look at the changed file and give its digest.",
            )


def _observed(evidence: Evidence, allowed: int) -> str:
    if not evidence.files:
        return ""
    return (
        f"{evidence.files} files searched ({evidence.source_files} of the source, {len(evidence.artifacts)} artifacts, "
        f"{evidence.attached} files named by the policy, {evidence.archives} archives opened, {evidence.bytes} bytes); "
        f"{allowed} allowed by digest"
    )


def _source(root: Path) -> tuple[str, tuple[tuple[str, Path], ...]]:
    """The commit and the files below the root: what git tracks or could add; without git everything there is."""
    try:
        repository = open_repository(root)
    except EvidenceError:
        return "", tuple(_below(root, root))
    commit, below = repository.head(), root.resolve()
    names = (*repository.files(commit), *repository.status().untracked)
    paths = (repository.top / name for name in dict.fromkeys(names))
    return commit, tuple(item for path in paths if path.is_relative_to(below) for item in _below(path, below))


def _attached(root: Path, table: Any) -> Iterator[Path]:
    """The files below the root that the policy names, such as reports and lists that git ignores."""
    if isinstance(table, str):
        path = root / table if 0 < len(table) < 500 and "\0" not in table else root
        if path.is_file() and path.resolve().is_relative_to(root.resolve()):
            yield path
    elif isinstance(table, Mapping | list | tuple):
        for inner in table.values() if isinstance(table, Mapping) else table:
            yield from _attached(root, inner)


def _below(path: Path, root: Path) -> Iterator[tuple[str, Path]]:
    """The regular files at or below a path; links are what they point at elsewhere, and not followed."""
    if path.is_symlink():
        return
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            if inner.name != ".git":
                yield from _below(inner, root)
    elif path.is_file():
        yield path.relative_to(root).as_posix(), path


def _named(root: Path, path: Path) -> tuple[str, Path]:
    inside = path.is_relative_to(root)
    return (path.relative_to(root).as_posix() if inside else path.name), path


def _signer(context: Context) -> Signer:
    table = context.tables.get("signing", {})
    return Signer(context.product.fill(str(table.get("identity", ""))), str(table.get("issuer", "")))


def _shipped(context: Context, name: str) -> int:
    value = context.rulebook.defaults[name]
    assert isinstance(value, int)
    return value


CHECK = Check(
    id="private-keys",
    rules=("KEY-01", "KEY-02", "KEY-04", "KEY-05", "KEY-06"),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judge,
    later={Phase.ON_APPROVALS: judge_approvals, Phase.AT_SIGNING: judge_signed},
    artifacts=True,
)

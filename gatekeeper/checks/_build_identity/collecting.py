"""Reading source, packages, lock files and the pipeline's variables."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from email.parser import BytesHeaderParser
from pathlib import Path

import msgspec
import tomli

from gatekeeper.checks._build_identity import pins
from gatekeeper.checks._build_identity.evidence import (
    PACKAGES,
    Evidence,
    LockSeen,
    Named,
    Params,
    Provenance,
    Source,
    TagSeen,
)
from gatekeeper.model.check import Context
from gatekeeper.model.errors import EvidenceError, GatekeeperError
from gatekeeper.model.people import people_of
from gatekeeper.tools.git import Repository, open_repository

LARGEST_METADATA = 4 << 20
LARGEST_LOCK = 64 << 20

_GITHUB = {
    "repository": "GITHUB_REPOSITORY",
    "commit": "GITHUB_SHA",
    "ref": "GITHUB_REF",
    "workflow": "GITHUB_WORKFLOW_REF",
    "workflow_commit": "GITHUB_WORKFLOW_SHA",
    "run": "GITHUB_RUN_ID",
    "trigger": "GITHUB_EVENT_NAME",
    "runner": "RUNNER_ENVIRONMENT",
}
_GITLAB = {
    "repository": "CI_PROJECT_PATH",
    "commit": "CI_COMMIT_SHA",
    "ref": "CI_COMMIT_REF_NAME",
    "workflow": "CI_CONFIG_PATH",
    "workflow_commit": "CI_COMMIT_SHA",
    "run": "CI_JOB_ID",
    "trigger": "CI_PIPELINE_SOURCE",
    "runner": "CI_RUNNER_DESCRIPTION",
}


def collect(context: Context, params: Params) -> Evidence:
    """Look at the source, at each artifact's own metadata, at the lock files, and at where this runs."""
    source, doubt = _source(context, params)
    return Evidence(
        source=source,
        doubt=doubt,
        names=(*_project(context.root), *map(_artifact, context.artifacts)),
        locks=tuple(_lock(context.root, name) for name in params.locks),
        provenance=_provenance(context.env),
        pins=pins.collect(context, params.locks, params.installed),
        people=tuple(m.id for m in people_of(context.tables)),
        brought=len(context.brought),
    )


def _source(context: Context, params: Params) -> tuple[Source | None, str]:
    try:
        repository = open_repository(context.root)
        head = repository.change(repository.head())
    except EvidenceError as e:
        return None, f"{e.message}. {e.advice}"
    status = repository.status()
    given = {path.resolve() for path in context.artifacts}
    source = Source(
        commit=head.commit,
        committed=head.committed,
        repository=repository.address(params.remote or "origin"),
        authors=_authors(repository, context, params),
        shallow=repository.shallow(),
        changed=status.changed,
        untracked=tuple(name for name in status.untracked if (repository.top / name).resolve() not in given),
        hidden=status.hidden,
        ignored=len(status.ignored),
        files=len(repository.files(head.commit)),
        tag=_tag(repository, context, params),
    )
    return source, ""


def _authors(repository: Repository, context: Context, params: Params) -> tuple[str, ...]:
    """Who wrote what the previous release did not have, by id or name and never by address; everyone, where there is
    no such tag."""
    previous = context.product.previous_version
    tag = repository.tag(params.tag.replace("{version}", previous)) if previous else None
    known = {address.casefold(): m.id for m in people_of(context.tables) for address in m.git}
    people = repository.authors(tag.commit if tag else "", "HEAD")
    return tuple(dict.fromkeys(known.get(who.email.casefold(), who.name or "(unnamed)") for who in people))


def _tag(repository: Repository, context: Context, params: Params) -> TagSeen:
    name = params.tag.replace("{version}", context.product.version)
    tag = repository.tag(name)
    remote, doubt = _remote(repository, name, params, offline=context.offline)
    signers = context.root / params.allowed_signers
    return TagSeen(
        name=name,
        commit=tag.commit if tag else "",
        annotated=bool(tag and tag.annotated),
        signed=bool(tag and tag.signed),
        signer=repository.tag_signer(name, signers) if tag and tag.signed and params.allowed_signers else "",
        branch=name in repository.branches(),
        remote_commit=remote,
        remote_doubt=doubt,
    )


def _remote(repository: Repository, name: str, params: Params, *, offline: bool) -> tuple[str, str]:
    if not params.remote:
        return "", ""
    if params.remote not in repository.remotes():
        return "", f"the repository has no remote {params.remote!r}"
    if offline:
        return "", f"the remote {params.remote!r} was not asked: this run is offline"
    try:
        return repository.remote_tag(params.remote, name), ""
    except GatekeeperError as e:
        return "", e.message


def _project(root: Path) -> Iterator[Named]:
    path = root / "pyproject.toml"
    if not path.is_file():
        return
    try:
        project = tomli.loads(_bounded(path, LARGEST_METADATA).decode()).get("project", {})
    except (OSError, ValueError) as e:
        yield Named("pyproject.toml", "project", fault=f"cannot be read: {e}")
        return
    if "name" in project:
        yield Named("pyproject.toml", "project", str(project["name"]), str(project.get("version", "")))


def _artifact(path: Path) -> Named:
    """What a wheel or a source distribution says of itself; other files have no metadata that we know."""
    if not path.name.endswith(PACKAGES):
        return Named(path.name, "artifact")
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        metadata = _wheel_metadata(path) if path.suffix == ".whl" else _sdist_metadata(path)
    except (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, tarfile.TarError, zlib.error) as e:
        return Named(path.name, "artifact", fault=f"its metadata cannot be read: {e}")
    return msgspec.structs.replace(_named(path, metadata), sha256=digest)


def _named(path: Path, metadata: bytes) -> Named:
    if not metadata:
        return Named(path.name, "artifact")
    headers = BytesHeaderParser().parsebytes(metadata)
    name, version = str(headers["Name"] or ""), str(headers["Version"] or "")
    fault = "" if name and version else "its metadata name no product or no version"
    return Named(path.name, "artifact", name, version, fault)


def _wheel_metadata(path: Path) -> bytes:
    with zipfile.ZipFile(path) as wheel:
        names = [n for n in wheel.namelist() if n.endswith(".dist-info/METADATA") and n.count("/") == 1]
        if len(names) != 1:
            raise ValueError(f"{len(names)} METADATA files in the wheel")
        with wheel.open(names[0]) as stream:
            return _within(stream.read(LARGEST_METADATA + 1))


def _sdist_metadata(path: Path) -> bytes:
    """PKG-INFO at the top of a source distribution; any other tar has none."""
    with tarfile.open(path, "r|gz") as archive:
        for member in archive:
            if member.isreg() and member.name.count("/") == 1 and member.name.endswith("/PKG-INFO"):
                stream = archive.extractfile(member)
                return _within(stream.read(LARGEST_METADATA + 1)) if stream else b""
    return b""


def _lock(root: Path, name: str) -> LockSeen:
    try:
        return LockSeen(name, hashlib.sha256(_bounded(root / name, LARGEST_LOCK)).hexdigest())
    except OSError as e:
        return LockSeen(name, fault=f"cannot be read: {e.strerror}")
    except ValueError as e:
        return LockSeen(name, fault=str(e))


def _provenance(env: Mapping[str, str]) -> Provenance:
    platform, names = ("gitlab", _GITLAB) if env.get("GITLAB_CI") else ("github", _GITHUB)
    values = {field: env.get(variable, "") for field, variable in names.items()}
    return Provenance(platform=platform if any(values.values()) else "", **values)


def _bounded(path: Path, limit: int) -> bytes:
    with path.open("rb") as stream:
        return _within(stream.read(limit + 1), limit)


def _within(content: bytes, limit: int = LARGEST_METADATA) -> bytes:
    if len(content) > limit:
        raise ValueError(f"more than {limit} bytes")
    return content

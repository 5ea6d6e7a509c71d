"""Users can tell that the released files are unchanged (5.8.3): a complete list, safe names, strong hashes, and a
users' check that was tried. What is hashed here is what is copied, signed and kept, or sealing stops."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from gatekeeper.checks._file_integrity import rules
from gatekeeper.checks._file_integrity.folder import Evidence, Request, collect_folder
from gatekeeper.model.check import Case, Check, Context
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.facts import ArtifactFact, Facts
from gatekeeper.model.finding import Judgement
from gatekeeper.model.words import Phase

Glob = Annotated[str, msgspec.Meta(min_length=1)]


class Artifact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Files that must be in the release: a pattern of names, and how many of them."""

    pattern: Glob  # of the file's name, such as *.whl
    count: Annotated[int, msgspec.Meta(ge=1)] = 1  # how many there must be
    kind: Literal["artifact", "sbom", "document", "manifest"] = "artifact"


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The `[file-integrity]` table. `folder` holds the release and nothing else, relative to the root.

    `manifest` is a list of hashes that the build wrote into that folder, if it wrote one; `verify-document` the
    text in it that tells users how to check, where the one that the gate writes is not used; `not_released` exact
    names of files that a build tool leaves there and that do not go out.
    """

    folder: str = "dist"
    artifacts: tuple[Artifact, ...]  # every file of the folder must match one
    sha512: bool = False  # write SHA512SUMS too
    manifest: str = ""
    verify_document: str = ""
    not_released: tuple[str, ...] = ()


def collect(context: Context, params: Params) -> Evidence:
    """Walk the release folder, hash every file in it, and walk it again."""
    folder = Path(context.root, params.folder)
    if not folder.is_dir() or folder.is_symlink():
        raise EvidenceError(
            f"the release folder {params.folder} is not there", "Build into it, or correct [file-integrity] folder."
        )
    return collect_folder(
        folder,
        Request(
            called=params.folder,
            given=context.artifacts,
            manifest=params.manifest,
            document=params.verify_document,
            not_released=params.not_released,
            sha512=params.sha512,
            max_expanded_bytes=_most_bytes(context),
            progress=context.progress,
        ),
        _signer(context),
    )


def _most_bytes(context: Context) -> int:
    value = context.rulebook.defaults["archive_max_expanded_bytes"]
    assert isinstance(value, int)
    return value


def _signer(context: Context) -> tuple[tuple[str, str], ...]:
    """What users must be told of the signer, as the policy states it."""
    table = context.tables.get("signing", {})
    if table.get("keyless") is False:  # a managed key's name is its digest
        key = context.tables.get("private-keys", {}).get("key", {}).get("public-sha256", "")
        table = dict(table, identity=f"{rules.KEY_NAME}{key}" if key else "")
    stated = (("identity", "identity"), ("issuer", "issuer"), ("trust root digest", "trust-config-sha256"))
    return tuple((what, context.product.fill(str(table[key]))) for what, key in stated if table.get(key))


def facts(evidence: Evidence, params: Params) -> Facts:
    """The files of the release, by name within the release folder."""
    found = tuple(
        ArtifactFact(f.name, f.size, f.sha256, _kind(f.name, params), f.sha512)
        for f in evidence.files
        if f.sha256 and f.name != params.manifest
    )
    return Facts(artifacts=found)


def _kind(name: str, params: Params) -> str:
    return next((a.kind for a in params.artifacts if rules.matches(name, a.pattern)), "artifact")


def judge(evidence: Evidence, params: Params, _case: Case) -> Iterable[Judgement]:
    """The rules about the files as built."""
    patterns = tuple((a.pattern, a.count) for a in params.artifacts)
    yield rules.complete(evidence)
    yield rules.safe_names(evidence)
    yield rules.strong_hashes(evidence)
    yield rules.expected_files(evidence, patterns)
    yield rules.instructions(evidence)
    yield rules.sound_archives(evidence)


def judge_sealed(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """The rules about the files as copied and signed."""
    yield rules.users_check(case)
    yield rules.unchanged(facts(evidence, params).artifacts, case)


CHECK = Check(
    id="file-integrity",
    rules=("FILE-01", "FILE-02", "FILE-03", "FILE-04", "FILE-05", "FILE-06", "FILE-07", "FILE-08"),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judge,
    facts=facts,
    later={Phase.AT_SIGNING: judge_sealed},
    artifacts=True,
)

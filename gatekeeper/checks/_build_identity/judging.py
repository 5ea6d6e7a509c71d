"""BUILD-01, 02, 06 and 08 to 11: what the evidence alone tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from gatekeeper.checks._build_identity import pins
from gatekeeper.checks._build_identity.evidence import PACKAGES, Evidence, Params, Source
from gatekeeper.model.check import Case
from gatekeeper.model.finding import Finding, Judgement, Where, finding, judged, undecided

_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+(?P<build>[0-9A-Za-z.-]+))?"
)
_SHOWN = 20
_POLICY = "gatekeeper.toml"


def judge(evidence: Evidence, params: Params, case: Case) -> Iterable[Judgement]:
    """The rules of the family that need nothing but the evidence."""
    yield _one_identity(evidence, params, case)
    yield _clean(evidence, params)
    yield pins.judge(evidence.pins, (case.product.name, *params.packages))
    yield _about_this_commit(evidence, case)
    yield _final_version(params, case)
    yield _protected_tag(evidence)
    yield _environment(evidence, params, case)
    yield _recipe(evidence, params)


def _one_identity(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """BUILD-01: name, version and commit are equal wherever they stand."""
    places = [(where, version) for where, version in case.facts.versions if version]
    findings = [
        finding(
            "BUILD-01",
            f"{where} says version {version!r}, the policy says {case.product.version!r}",
            key=("version", where, version),
            where=Where(where),
        )
        for where, version in places
        if not _same_version(version, case.product.version)
    ]
    if not places:
        findings.append(
            finding(
                "BUILD-01",
                f"{case.product.version!r} stands only in the policy: no tag, package, SBOM or document has it",
                key=("only the policy",),
                where=Where(_POLICY, pointer="product.version"),
            )
        )
    findings += [
        finding(
            "BUILD-01",
            f"{named.where} is named {named.name!r}, which is neither the product nor one of its packages",
            key=("name", named.where, named.name),
            where=Where(named.where),
        )
        for named in evidence.names
        if named.name and not _known_name(named.name, params, case)
    ]
    doubts = [f"{named.where}: {named.fault}" for named in evidence.names if named.fault]
    doubts += _unseen(evidence, case)
    if evidence.source is None:
        doubts.append(evidence.doubt)
    told = ", ".join(where for where, _ in places)
    commit = evidence.source.commit[:12] if evidence.source else "unknown"
    return judged(
        "BUILD-01", f"version {case.product.version} in {told}; commit {commit}" if told else "", findings, doubts
    )


def _unseen(evidence: Evidence, case: Case) -> Iterator[str]:
    """Packages of the release that this evidence does not know: collected before the build, or beside another one."""
    seen = {named.sha256 for named in evidence.names} - {""}
    faulty = {named.where for named in evidence.names if named.fault}
    for artifact in case.facts.artifacts:
        name = artifact.name.rpartition("/")[2]
        if name.endswith(PACKAGES) and artifact.sha256 not in seen and name not in faulty:
            yield f"{artifact.name} of the release was not looked at: name it in the call that collects this evidence"


def _clean(evidence: Evidence, params: Params) -> Judgement:
    """BUILD-02: nothing but the tagged commit is being released."""
    source = evidence.source
    if source is None:
        return undecided("BUILD-02", evidence.doubt)
    doubts = []
    if source.shallow:
        doubts.append("the history was cut off (a shallow clone): fetch it whole, with its tags")
    if source.tag.remote_doubt:
        doubts.append(f"the tag was not compared with the remote's: {source.tag.remote_doubt}")
    compared = f"equal at {params.remote}" if params.remote else "compared with no remote, as the policy names none"
    return judged(
        "BUILD-02",
        f"{source.files} files of commit {source.commit}, tag {source.tag.name} on it ({compared}); "
        f"{len(source.changed)} changed, {len(source.untracked)} untracked, {source.ignored} ignored",
        (*_dirt(source), *_tag_faults(source, params)),
        doubts,
    )


def _dirt(source: Source) -> Iterator[Finding]:
    kinds = (
        ("differs from the commit", source.changed),
        ("is not under version control", source.untracked),
        ("is hidden from git (assume-unchanged or skip-worktree)", source.hidden),
    )
    for what, paths in kinds:
        for path in paths[:_SHOWN]:
            yield finding("BUILD-02", f"{path} {what}", key=(what, path), where=Where(path))
        if len(paths) > _SHOWN:
            yield finding("BUILD-02", f"{len(paths) - _SHOWN} more files: each {what}", key=(what, "more"))


def _tag_faults(source: Source, params: Params) -> Iterator[Finding]:
    tag = source.tag
    if not tag.commit:
        yield finding("BUILD-02", f"there is no tag {tag.name}", key=("no tag", tag.name))
    elif tag.commit != source.commit:
        yield finding(
            "BUILD-02",
            f"tag {tag.name} is on commit {tag.commit[:12]}, not on {source.commit[:12]}",
            key=("tag elsewhere", tag.name),
        )
    if tag.branch:
        yield finding(
            "BUILD-02",
            f"a branch is called {tag.name} like the tag, so that the name means two things",
            key=("branch", tag.name),
            remedy=f"git branch -m {tag.name} another-name",
        )
    if params.remote and not tag.remote_doubt and tag.remote_commit != tag.commit:
        at = f"on {tag.remote_commit[:12]}" if tag.remote_commit else "missing"
        yield finding(
            "BUILD-02",
            f"tag {tag.name} is {at} at the remote {params.remote}: moved, or not pushed",
            key=("moved", tag.name),
        )


def _about_this_commit(evidence: Evidence, case: Case) -> Judgement:
    """BUILD-06: what came from outside this run is bound to the commit by its content."""
    if evidence.source is None:
        return undecided("BUILD-06", evidence.doubt)
    commit = evidence.source.commit
    findings = [
        finding(
            "BUILD-06",
            f"{test.path} is about commit {test.commit}" if test.commit else f"{test.path} names no commit",
            key=(test.path, test.commit),
            where=Where(test.path),
        )
        for test in case.facts.tests
        if test.commit != commit
    ]
    theirs = f"{evidence.brought} files of evidence of other jobs name it too; " if evidence.brought else ""
    return judged(
        "BUILD-06",
        f"{len(case.facts.tests)} test reports name commit {commit}; {len(case.facts.artifacts)} artifacts and "
        f"{len(case.facts.documents)} documents are bound by digest; {theirs}all other evidence was collected in this "
        "run",
        findings,
    )


def _final_version(params: Params, case: Case) -> Judgement:
    """BUILD-08: the version can be read in its scheme and is meant to go out."""
    version, place = case.product.version, Where(_POLICY, pointer="product.version")
    fault = _version_fault(version, params)
    found = [finding("BUILD-08", f"version {version!r} {fault}", key=(version,), where=place)] if fault else []
    return judged("BUILD-08", f"version {version} ({params.scheme}, channel {params.channel})", found)


def _version_fault(version: str, params: Params) -> str:
    if params.scheme not in ("pep440", "semver") or params.channel not in ("final", "pre-release"):
        return (
            f"cannot be judged by scheme {params.scheme!r} and channel {params.channel!r}, which the gate does not know"
        )
    kind = _kind_semver(version) if params.scheme == "semver" else _kind_pep440(version)
    if kind == "pre-release" and params.channel == "pre-release":
        return ""
    return {"final": "", "": f"is no version by {params.scheme}"}.get(kind, f"is a {kind} version")


def _kind_pep440(version: str) -> str:
    try:
        parsed = Version(version)
    except InvalidVersion:
        return ""
    if version != version.strip():
        return ""
    if parsed.is_devrelease:
        return "development"
    return "local" if parsed.local else "pre-release" if parsed.is_prerelease else "final"


def _kind_semver(version: str) -> str:
    match = _SEMVER.fullmatch(version)
    if not match:
        return ""
    return "local" if match["build"] else "pre-release" if match["pre"] else "final"


def _protected_tag(evidence: Evidence) -> Judgement:
    """BUILD-09: somebody vouches for the tag."""
    if evidence.source is None:
        return undecided("BUILD-09", evidence.doubt)
    tag = evidence.source.tag
    how = "signed, but not by a person whom the policy allows" if tag.signed else "not signed"
    found = finding("BUILD-09", f"tag {tag.name} is {how}; whether it is protected is not known", key=(tag.name,))
    return judged(
        "BUILD-09", f"tag {tag.name} is signed by {tag.signer}" if tag.signer else "", () if tag.signer else [found]
    )


def _environment(evidence: Evidence, params: Params, case: Case) -> Judgement:
    """BUILD-10: somebody of the roles table states how the build environment is kept."""
    said, place = params.environment, Where(_POLICY, pointer="build-identity.environment")
    if said is None:
        return judged("BUILD-10", "", [finding("BUILD-10", "nobody states it", key=("none",), where=place)])
    days, age = case.default("attestation_max_age_days"), (case.now.date() - said.on).days
    faults = [f"{said.person} is not in the roles table"] if said.person not in evidence.people else []
    if not 0 <= age <= days:
        faults.append(f"the statement of {said.on} is not of the last {days} days")
    told = f"{said.person} on {said.on}: {said.procedure} revision {said.revision}"
    return judged("BUILD-10", told, [finding("BUILD-10", fault, key=(fault,), where=place) for fault in faults])


def _recipe(evidence: Evidence, params: Params) -> Judgement:
    """BUILD-11: commands, what they ran in by digest, and the lock files' digests."""
    recipe = params.recipe
    place = Where(_POLICY, pointer="build-identity.recipe")
    findings = [
        finding("BUILD-11", f"the build recipe names no {what}", key=(what,), where=place)
        for what, there in (("command", recipe.commands), ("image or interpreter by digest", recipe.images))
        if not there
    ]
    findings += [
        finding("BUILD-11", f"lock file {lock.path}: {lock.fault}", key=("lock", lock.path), where=Where(lock.path))
        for lock in evidence.locks
        if lock.fault
    ]
    if not evidence.locks:
        findings.append(finding("BUILD-11", "no lock file is named", key=("lock",), where=place))
    return judged(
        "BUILD-11",
        f"{len(recipe.commands)} commands, {len(recipe.images)} images, {len(evidence.locks)} lock files",
        findings,
    )


def _same_version(one: str, other: str) -> bool:
    """Equal as written, or equal once both are written as PEP 440 writes them; 2.4 is not 2.4.0."""
    try:
        return one == other or str(Version(one)) == str(Version(other))
    except InvalidVersion:
        return False


def _known_name(name: str, params: Params, case: Case) -> bool:
    return canonicalize_name(name) in {canonicalize_name(known) for known in (case.product.name, *params.packages)}

"""One product, one version, one commit: what goes out is what was tagged, in a pipeline that proves itself (5.8.6)."""

from __future__ import annotations

from gatekeeper.checks._build_identity import judging, sealing
from gatekeeper.checks._build_identity.collecting import collect
from gatekeeper.checks._build_identity.evidence import Evidence, Params, Source
from gatekeeper.model.check import Check
from gatekeeper.model.facts import Facts, SourceFact
from gatekeeper.model.words import Phase


def facts(evidence: Evidence, params: Params) -> Facts:
    """The source, and each place where a version was read."""
    source = evidence.source
    named = tuple((named.where, named.version) for named in evidence.names if named.version)
    if source is None:
        return Facts(versions=named)
    on_commit = source.tag.commit == source.commit
    fact = SourceFact(
        commit=source.commit,
        tag=source.tag.name if on_commit else "",
        clean=not (source.changed or source.untracked or source.hidden),
        repository=source.repository,
        committed=source.committed,
        authors=source.authors,
    )
    return Facts(source=fact, versions=(*_tagged(source, params), *named))


def _tagged(source: Source, params: Params) -> tuple[tuple[str, str], ...]:
    before, _, after = params.tag.partition("{version}")
    version = source.tag.name.removeprefix(before).removesuffix(after)
    return ((f"tag {source.tag.name}", version),) if source.tag.commit == source.commit else ()


CHECK = Check(
    id="build-identity",
    rules=tuple(f"BUILD-{n:02}" for n in range(1, 12)),
    params=Params,
    evidence=Evidence,
    collect=collect,
    judge=judging.judge,
    facts=facts,
    later={Phase.AT_SIGNING: sealing.at_signing, Phase.LAST: sealing.last},
    own_run=True,
)

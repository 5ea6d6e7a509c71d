"""Signatures as sealing reports them, against the policy: every way in which one does not count."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.checks._signing.params import Certificate, Params, PublicLog, expected_extensions
from gatekeeper.checks.signing import CHECK, Evidence
from gatekeeper.model.check import SealedFile, Sealing, SignedFile
from gatekeeper.model.facts import ArtifactFact, Facts, SourceFact
from gatekeeper.model.sums import render
from gatekeeper.model.words import Mode, Outcome, Phase

COMMIT = "c" * 40
REF = "refs/tags/v2.3.1"
WORKFLOW = f"https://github.com/example/pump/.github/workflows/release.yml@{REF}"
ISSUER = "https://token.actions.githubusercontent.com"
DECISION = PublicLog(decided_by="A. Example", decided_on=date(2026, 1, 5), reason="The repository is public already.")
PARAMS = Params(
    identity="https://github.com/example/pump/.github/workflows/release.yml@refs/tags/v{version}",
    issuer=ISSUER,
    certificate=Certificate(build_trigger="push", runner_environment="github-hosted"),
    trust_config="trust/root.json",
    trust_config_sha256=hashlib.sha256(b"root").hexdigest(),
    trust_obtained=date(2026, 11, 1),
    public_log=DECISION,
)
FILES = {"pump.whl": "a" * 64, "pump.cdx.json": "b" * 64}
MANIFEST_SHA256 = hashlib.sha256(render(FILES).encode()).hexdigest()
EXTENSIONS = {
    "source-repository-uri": "https://github.com/example/pump",
    "source-repository-ref": REF,
    "source-repository-digest": COMMIT,
    "build-config-uri": WORKFLOW,
    "build-trigger": "push",
    "runner-environment": "github-hosted",
}


def signed(name: str, sha256: str, **changes: Any) -> SignedFile:
    good = SignedFile(
        name=name,
        sha256=sha256,
        bundle_sha256="d" * 64,
        identity=WORKFLOW,
        issuer=ISSUER,
        timestamp="2026-11-20T12:01:00Z",
        logged="2026-11-20T12:01:01Z",
        log_index="77",
        not_before="2026-11-20T12:00:00Z",
        not_after="2026-11-20T12:10:00Z",
        extensions=EXTENSIONS,
    )
    return msgspec.structs.replace(good, **changes)


def all_signed(**changes: Any) -> tuple[SignedFile, ...]:
    """One bundle per file and one over the list; the changes are made to the wheel's."""
    return (
        signed("SHA256SUMS", MANIFEST_SHA256),
        signed("pump.cdx.json", FILES["pump.cdx.json"]),
        msgspec.structs.replace(signed("pump.whl", FILES["pump.whl"]), **changes),
    )


SEALING = Sealing(files=tuple(SealedFile(name, 5, sha256, sha256) for name, sha256 in FILES.items()))
FACTS = Facts(
    source=SourceFact(commit=COMMIT),
    artifacts=(
        ArtifactFact("pump.whl", 5, FILES["pump.whl"]),
        ArtifactFact("pump.cdx.json", 5, FILES["pump.cdx.json"], "sbom"),
    ),
)
AT_SIGNING = ("SIGN-01", "SIGN-02", "SIGN-03", "SIGN-04", "SIGN-06", "SIGN-07", "SIGN-08")


def judge(gate: Any, signatures: tuple[SignedFile, ...], params: Params = PARAMS, **case: Any) -> Any:
    facts = {"facts": FACTS, "sealing": SEALING, "signatures": signatures} | case
    return gate.judge(CHECK, Evidence(), params, Phase.AT_SIGNING, **facts)


def test_good_signatures_pass(gate: Any) -> None:
    judged = judge(gate, all_signed())
    for rule in AT_SIGNING:
        assert judged.outcome(rule) is Outcome.PASSED, judged.words(rule)


@pytest.mark.parametrize("rule", AT_SIGNING)
def test_nothing_signed_is_undecided(gate: Any, rule: str) -> None:
    assert judge(gate, ()).outcome(rule) is Outcome.UNDECIDED
    outage = msgspec.structs.replace(SEALING, outage="the log did not answer")
    judged = judge(gate, (), sealing=outage)
    assert judged.outcome(rule) is Outcome.UNDECIDED
    assert "the log did not answer" in judged.words(rule)


OTHER = WORKFLOW.replace("release.yml", "other.yml")


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        pytest.param("SIGN-01", {"identity": OTHER}, id="SIGN-01: signature of another workflow"),
        pytest.param("SIGN-01", {"issuer": ""}, id="SIGN-01: identity without issuer"),
        pytest.param("SIGN-01", {"issuer": "https://evil.example"}, id="SIGN-01: another issuer"),
        pytest.param("SIGN-01", {"identity": ""}, id="SIGN-01: nobody"),
        pytest.param("SIGN-01", {"fault": "not under this trust root"}, id="SIGN-01: expired trust root"),
        pytest.param("SIGN-01", {"fault": "ValueError"}, id="SIGN-01: an error swallowed"),
        pytest.param("SIGN-02", {"sha256": "e" * 64}, id="SIGN-02: a bundle of another file"),
        pytest.param("SIGN-02", {"name": "foreign.whl"}, id="SIGN-02: a statement with a foreign subject"),
        pytest.param("SIGN-02", {"sha256": ""}, id="SIGN-02: a statement with no subjects"),
        pytest.param("SIGN-03", {"name": "pump.cdx.json"}, id="SIGN-03: one artifact without signature"),
        pytest.param("SIGN-03", {"fault": "tampered"}, id="SIGN-03: a signature that does not count"),
        pytest.param("SIGN-04", {"timestamp": "2026-11-20T13:00:00Z"}, id="SIGN-04: time outside the validity"),
        pytest.param("SIGN-04", {"logged": "2026-11-20T11:00:00Z"}, id="SIGN-04: log time outside the validity"),
        pytest.param("SIGN-04", {"logged": "yesterday"}, id="SIGN-04: no time at all"),
        pytest.param("SIGN-04", {"log_index": ""}, id="SIGN-04: no inclusion proof"),
        pytest.param("SIGN-04", {"timestamp": ""}, id="SIGN-04: no timestamp after a timestamp outage"),
        pytest.param("SIGN-07", {"fault": "cannot be loaded"}, id="SIGN-07: a bundle that does not load again"),
        pytest.param("SIGN-07", {"fault": "of another entry"}, id="SIGN-07: a log answer for another entry"),
        pytest.param("SIGN-07", {"bundle_sha256": ""}, id="SIGN-07: a write cut by a full disk"),
    ],
)
def test_bad_signature(gate: Any, rule: str, changes: dict[str, Any]) -> None:
    judged = judge(gate, all_signed(**changes))
    assert judged.outcome(rule) is Outcome.FAILED, judged.words(rule)


@pytest.mark.parametrize("rule", ["SIGN-01", "SIGN-03", "SIGN-07", "SIGN-08"])
def test_a_signature_that_could_not_be_verified_never_passes(gate: Any, rule: str) -> None:
    judged = judge(gate, all_signed(doubt="the trust root cannot be read"))
    assert judged.outcome(rule) in (Outcome.UNDECIDED, Outcome.FAILED), "SIGN-01: verification skipped because offline"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("build-trigger", "pull_request", id="SIGN-06: certificate of a pull-request run"),
        pytest.param("source-repository-digest", "f" * 40, id="SIGN-06: same workflow, another commit"),
        pytest.param("source-repository-ref", "refs/heads/main", id="SIGN-06: another ref"),
        pytest.param("source-repository-uri", "https://github.com/fork/pump", id="SIGN-06: a fork's repository"),
        pytest.param("source-repository-digest", None, id="SIGN-06: subject name equal but extension missing"),
        pytest.param("runner-environment", "self-hosted", id="SIGN-06: another kind of runner"),
        pytest.param("build-config-uri", OTHER, id="SIGN-06: another top-level workflow"),
    ],
)
def test_not_issued_to_this_build(gate: Any, name: str, value: str | None) -> None:
    changed = {key: text for key, text in (EXTENSIONS | {name: value}).items() if text is not None}
    judged = judge(gate, all_signed(extensions=changed))
    assert judged.outcome("SIGN-06") is Outcome.FAILED
    assert name in judged.words("SIGN-06")


def test_an_outsiders_trigger_is_refused_also_where_the_policy_names_none(gate: Any) -> None:
    params = msgspec.structs.replace(PARAMS, certificate=Certificate())
    extensions = EXTENSIONS | {"build-trigger": "pull_request_target"}
    assert judge(gate, all_signed(extensions=extensions), params).outcome("SIGN-06") is Outcome.FAILED


def test_an_unknown_commit_is_undecided(gate: Any) -> None:
    facts = msgspec.structs.replace(FACTS, source=SourceFact())
    assert judge(gate, all_signed(), facts=facts).outcome("SIGN-06") is Outcome.UNDECIDED


def test_an_extra_unsigned_file(gate: Any) -> None:
    facts = msgspec.structs.replace(FACTS, artifacts=(*FACTS.artifacts, ArtifactFact("extra.whl", 1, "f" * 64)))
    judged = judge(gate, all_signed(), facts=facts)
    assert judged.outcome("SIGN-03") is Outcome.FAILED, "SIGN-03: an extra unsigned file"
    assert "extra.whl is not in the signed list" in judged.words("SIGN-03")


def test_no_artifacts_at_all_is_undecided(gate: Any) -> None:
    facts, sealing = Facts(source=FACTS.source), Sealing()
    empty = hashlib.sha256(b"").hexdigest()
    judged = judge(gate, (signed("SHA256SUMS", empty),), facts=facts, sealing=sealing)
    assert judged.outcome("SIGN-03") is Outcome.UNDECIDED


def test_the_sbom_always_has_a_bundle_of_its_own(gate: Any) -> None:
    params = msgspec.structs.replace(PARAMS, bundles=())
    only_list = (signed("SHA256SUMS", MANIFEST_SHA256),)
    assert "pump.cdx.json" in judge(gate, only_list, params).words("SIGN-03")
    with_sbom = (*only_list, signed("pump.cdx.json", FILES["pump.cdx.json"]))
    assert judge(gate, with_sbom, params).outcome("SIGN-03") is Outcome.PASSED


def test_the_list_itself_must_be_signed(gate: Any) -> None:
    assert judge(gate, all_signed()[1:]).outcome("SIGN-03") is Outcome.FAILED


def test_a_rehearsal_signs_as_itself(gate: Any) -> None:
    sealing = msgspec.structs.replace(SEALING, identity="rehearsal", issuer="https://rehearsal.invalid")
    mine = tuple(
        msgspec.structs.replace(s, identity="rehearsal", issuer="https://rehearsal.invalid") for s in all_signed()
    )
    assert judge(gate, mine, sealing=sealing, mode=Mode.REHEARSAL).outcome("SIGN-01") is Outcome.PASSED
    assert judge(gate, mine, sealing=sealing).outcome("SIGN-01") is Outcome.FAILED
    assert judge(gate, mine, mode=Mode.REHEARSAL).outcome("SIGN-01") is Outcome.FAILED


class TestManagedKey:
    """A key in a token signs; the job signs beside it, or does not."""

    SEALING = msgspec.structs.replace(SEALING, identity=f"sha256:{'5' * 64}", issuer="managed key")

    def by_key(self, **changes: Any) -> tuple[SignedFile, ...]:
        key = {"identity": self.SEALING.identity, "issuer": "managed key", "key": "managed", "extensions": {}}
        return tuple(msgspec.structs.replace(s, **key, not_before="", not_after="", **changes) for s in all_signed())

    def judged(self, gate: Any, signatures: tuple[SignedFile, ...], *, unlogged: bool = False) -> Any:
        case = {"facts": FACTS, "sealing": self.SEALING, "signatures": signatures}
        return gate.judge(CHECK, Evidence(unlogged=unlogged), PARAMS, Phase.AT_SIGNING, **case)

    def test_with_the_jobs_own_signature_beside_it(self, gate: Any) -> None:
        judged = self.judged(gate, (*self.by_key(), signed("SHA256SUMS", MANIFEST_SHA256, kind="pipeline")))
        for rule in AT_SIGNING:
            assert judged.outcome(rule) is Outcome.PASSED, judged.words(rule)

    def test_the_job_must_be_the_one_of_the_policy(self, gate: Any) -> None:
        other = signed("SHA256SUMS", MANIFEST_SHA256, kind="pipeline", identity="https://github.com/example/other")
        assert self.judged(gate, (*self.by_key(), other)).outcome("SIGN-01") is Outcome.FAILED
        fork = EXTENSIONS | {"source-repository-uri": "https://github.com/fork/pump"}
        other = signed("SHA256SUMS", MANIFEST_SHA256, kind="pipeline", extensions=fork)
        assert self.judged(gate, (*self.by_key(), other)).outcome("SIGN-06") is Outcome.FAILED

    def test_the_jobs_signature_does_not_stand_for_the_keys(self, gate: Any) -> None:
        job = signed("SHA256SUMS", MANIFEST_SHA256, kind="pipeline")
        assert self.judged(gate, (*self.by_key()[1:], job)).outcome("SIGN-03") is Outcome.FAILED

    def test_no_log_only_where_the_policy_says_so(self, gate: Any) -> None:
        unlogged = self.by_key(log_index="", logged="")
        assert self.judged(gate, unlogged).outcome("SIGN-04") is Outcome.FAILED
        judged = self.judged(gate, unlogged, unlogged=True)
        assert judged.outcome("SIGN-04") is Outcome.PASSED
        assert "in no log, by policy" in judged.words("SIGN-04")

    def test_no_log_and_no_timestamp_prove_nothing(self, gate: Any) -> None:
        bare = self.by_key(log_index="", logged="", timestamp="")
        assert self.judged(gate, bare, unlogged=True).outcome("SIGN-04") is Outcome.FAILED

    def test_a_certificate_stands_in_the_log_whatever_the_key_may(self, gate: Any) -> None:
        job = signed("SHA256SUMS", MANIFEST_SHA256, kind="pipeline", log_index="", logged="")
        judged = self.judged(gate, (*self.by_key(), job), unlogged=True)
        assert judged.outcome("SIGN-04") is Outcome.FAILED

    def test_the_policy_is_read_from_the_keys_table(self, gate: Any, tmp_path: Path) -> None:
        for logged in (True, False):
            context = gate.context(tmp_path, tables={"private-keys": {"key": {"logged": logged}}})
            assert CHECK.collect(context, PARAMS).unlogged is not logged

    @pytest.mark.parametrize(
        ("table", "said"),
        [
            pytest.param({}, "who signs is not said", id="nothing"),
            pytest.param({"identity": "https://x.example/a"}, "both", id="SIGN-01: identity without issuer"),
            pytest.param(
                {"keyless": False, "identity": "x", "issuer": "https://y.example"}, "leave", id="contradiction"
            ),
        ],
    )
    def test_who_signs_must_be_said(self, table: dict[str, Any], said: str) -> None:
        with pytest.raises(msgspec.ValidationError, match=said):
            msgspec.convert(table, Params)

    def test_a_key_alone_needs_no_identity(self) -> None:
        assert msgspec.convert({"keyless": False}, Params).identity == ""


@pytest.mark.parametrize(
    ("rule", "doubt"),
    [
        pytest.param("SIGN-08", "continue-on-error", id="SIGN-08: continue-on-error around signing"),
        pytest.param("SIGN-08", "a skip flag", id="SIGN-08: a skip flag"),
    ],
)
def test_unsigned_is_never_releasable(gate: Any, rule: str, doubt: str) -> None:
    sealing = msgspec.structs.replace(SEALING, outage=doubt)
    assert judge(gate, all_signed(), sealing=sealing).outcome(rule) is Outcome.UNDECIDED


class TestPolicy:
    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"identity": ".*"}, id="SIGN-01: identity pattern `.*`"),
            pytest.param({"identity": ""}, id="SIGN-01: no identity"),
            pytest.param({"issuer": ""}, id="SIGN-01: identity without issuer"),
            pytest.param({"issuer": "http://id.example"}, id="SIGN-01: an issuer without https"),
            pytest.param({"sign": False}, id="SIGN-08: a skip flag in the policy"),
            pytest.param({"trust-config-sha256": "abc"}, id="SIGN-05: half a digest"),
            pytest.param({"certificate": {"source-repositry-uri": "x"}}, id="SIGN-06: an unknown extension"),
        ],
    )
    def test_refused_when_read(self, changes: dict[str, Any]) -> None:
        table = {"identity": WORKFLOW, "issuer": ISSUER} | changes
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(table, Params)

    def test_the_signer_follows_from_version_and_commit(self, gate: Any) -> None:
        assert dict(expected_extensions(PARAMS, gate.product, COMMIT)) == EXTENSIONS

    def test_what_the_policy_states_wins(self, gate: Any) -> None:
        params = msgspec.structs.replace(
            PARAMS, certificate=Certificate(build_config_uri="https://elsewhere/v{version}")
        )
        assert dict(expected_extensions(params, gate.product, COMMIT))["build-config-uri"] == "https://elsewhere/v2.3.1"

    def test_elsewhere_only_the_commit_follows(self, gate: Any) -> None:
        params = Params(identity="https://gitlab.example/pump", issuer="https://gitlab.example")
        assert expected_extensions(params, gate.product, COMMIT) == (("source-repository-digest", COMMIT),)


class TestTrustRoot:
    def run(self, gate: Any, root: Path, mode: Mode = Mode.CI, **changes: Any) -> Any:
        context = gate.context(root, mode=mode)
        return gate.run(CHECK, context, msgspec.structs.replace(PARAMS, **changes), mode=mode)

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        (tmp_path / "trust").mkdir()
        (tmp_path / "trust" / "root.json").write_bytes(b"root")
        return tmp_path

    def test_pinned_and_young(self, gate: Any, root: Path) -> None:
        judged = self.run(gate, root)
        assert judged.outcome("SIGN-05") is Outcome.PASSED
        assert judged.outcome("SIGN-10") is Outcome.PASSED

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"trust_config": ""}, id="SIGN-05: a root nobody recorded"),
            pytest.param({"trust_config_sha256": None}, id="SIGN-05: a root that is not pinned"),
            pytest.param({"trust_config_sha256": "f" * 64}, id="SIGN-05: a cached file changed on disk"),
            pytest.param({"trust_obtained": None}, id="SIGN-05: a root of unknown age"),
            pytest.param(
                {"trust_obtained": date(2026, 8, 1)}, id="SIGN-05: a root too old to know the present log key"
            ),
            pytest.param({"trust_obtained": date(2026, 11, 21)}, id="SIGN-05: a root from tomorrow"),
        ],
    )
    def test_not_good_enough(self, gate: Any, root: Path, changes: dict[str, Any]) -> None:
        assert self.run(gate, root, **changes).outcome("SIGN-05") is Outcome.FAILED

    def test_missing_file_is_undecided(self, gate: Any, tmp_path: Path) -> None:
        assert self.run(gate, tmp_path).outcome("SIGN-05") is Outcome.UNDECIDED

    def test_huge_file_is_undecided(self, gate: Any, root: Path) -> None:
        (root / "trust" / "root.json").write_bytes(b" " * (5 * 1024 * 1024))
        assert self.run(gate, root).outcome("SIGN-05") is Outcome.UNDECIDED

    def test_a_rehearsal_brings_its_own(self, gate: Any, tmp_path: Path) -> None:
        judged = self.run(gate, tmp_path, Mode.REHEARSAL, trust_config="", trust_config_sha256=None)
        assert judged.outcome("SIGN-05") is Outcome.PASSED

    def test_rehearsal_evidence_does_not_serve_a_release(self, gate: Any) -> None:
        judged = gate.judge(CHECK, Evidence(rehearsal=True), PARAMS, mode=Mode.CI)
        assert judged.outcome("SIGN-05") is not Outcome.PASSED


class TestPublicLog:
    @pytest.mark.parametrize(
        ("changes", "outcome"),
        [
            pytest.param(
                {"public_log": None}, Outcome.FAILED, id="SIGN-10: signing to the public log without a decision"
            ),
            pytest.param({"public_log": None, "instance": "private"}, Outcome.PASSED, id="SIGN-10: a private instance"),
            pytest.param(
                {"public_log": msgspec.structs.replace(DECISION, decided_by=" ")}, Outcome.FAILED, id="SIGN-10: nobody"
            ),
            pytest.param(
                {"public_log": msgspec.structs.replace(DECISION, decided_on=date(2027, 1, 1))},
                Outcome.FAILED,
                id="SIGN-10: a decision to come",
            ),
        ],
    )
    def test_decision(self, gate: Any, changes: dict[str, Any], outcome: Outcome) -> None:
        params = msgspec.structs.replace(PARAMS, **changes)
        assert gate.judge(CHECK, Evidence(), params).outcome("SIGN-10") is outcome

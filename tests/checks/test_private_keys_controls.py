from __future__ import annotations

from datetime import date

import msgspec
import pytest

from gatekeeper.checks._private_keys import workflows
from gatekeeper.checks._private_keys.controls import Key, Procedure
from gatekeeper.checks.private_keys import CHECK, Params
from gatekeeper.model.approval import Approval
from gatekeeper.model.check import SignedFile
from gatekeeper.model.words import Mode, Outcome, Phase

SET = "e" * 64
ISSUER = "https://issuer.example"
IDENTITY = "https://github.com/example/pump-link/.github/workflows/release.yml@refs/tags/v2.3.1"
TABLES = {
    "signing": {"identity": IDENTITY.replace("2.3.1", "{version}"), "issuer": ISSUER},
    "people": {
        "person": [
            {
                "id": "kim",
                "name": "Kim Example",
                "organisation": "Example Devices",
                "roles": ["key-custodian"],
                "identity": "kim@example.invalid",
                "issuer": ISSUER,
            },
            {"id": "ada", "name": "Ada Example", "organisation": "Example Devices", "roles": ["developer"]},
        ]
    },
}
PROCEDURE = Procedure("SOP-12", "3")
KEY = Key(
    reference="pkcs11:token=release;object=signer",
    custodian="kim",
    next_rotation=date(2027, 1, 1),
    public_sha256="a" * 64,
)


@pytest.fixture
def judged(workspace, gate):
    def judge(params=None, phase=Phase.EVIDENCE, tables=None, **case):
        workspace.commit(app__py="1\n")
        context = gate.context(workspace.root, tables=TABLES if tables is None else tables)
        return gate.run(CHECK, context, params or Params(), phase, **case)

    return judge


def signature(**more) -> SignedFile:
    values = {
        "name": "a.whl",
        "sha256": "1" * 64,
        "bundle_sha256": "2" * 64,
        "identity": IDENTITY,
        "issuer": ISSUER,
        "not_before": "2026-11-20T12:00:00+00:00",
        "not_after": "2026-11-20T12:10:00+00:00",
    }
    return SignedFile(**(values | more))


class TestCertificate:
    def signed(self, judged, *signatures, params=None, **case):
        return judged(params, Phase.AT_SIGNING, signatures=signatures, **case)

    def test_short_lived_and_expected(self, judged):
        assert self.signed(judged, signature()).outcome("KEY-01") is Outcome.PASSED

    @pytest.mark.parametrize(
        "more",
        [
            pytest.param(
                {"not_after": "2036-11-20T12:00:00+00:00"}, id="KEY-01: a self-signed certificate of ten years"
            ),
            pytest.param({"not_after": "2026-11-20T12:20:01+00:00"}, id="KEY-01: a second too long"),
            pytest.param({"not_after": "2026-11-20T12:00:00+00:00"}, id="KEY-01: valid for no time"),
            pytest.param({"not_after": ""}, id="KEY-01: validity not told"),
            pytest.param(
                {"identity": IDENTITY.replace("github.com/example", "github.com/fork")},
                id="KEY-01: a workflow of a fork as subject",
            ),
            pytest.param({"identity": IDENTITY.replace("2.3.1", "2.3.0")}, id="KEY-01: the workflow of another tag"),
            pytest.param({"issuer": "https://other.example"}, id="KEY-01: another issuer"),
            pytest.param({"fault": "the certificate is not for code signing"}, id="KEY-01: no code-signing use"),
            pytest.param({"fault": "the chain does not end in the trusted root"}, id="KEY-01: self-signed"),
            pytest.param({"key": "pkcs11"}, id="KEY-01: a key that the policy does not name"),
        ],
    )
    def test_bad_certificates(self, judged, more):
        assert self.signed(judged, signature(), signature(**more)).outcome("KEY-01") is Outcome.FAILED

    def test_nothing_signed_or_in_doubt_is_undecided(self, judged):
        assert self.signed(judged).outcome("KEY-01") is Outcome.UNDECIDED
        assert self.signed(judged, signature(doubt="no answer")).outcome("KEY-01") is Outcome.UNDECIDED

    def test_a_policy_without_signer_expects_nobody(self, judged):
        nobody = signature(identity="", issuer="")
        assert self.signed(judged, nobody, tables={}).outcome("KEY-01") is Outcome.FAILED
        assert self.signed(judged, signature(), tables={}).outcome("KEY-01") is Outcome.FAILED

    def test_a_rehearsal_has_an_identity_of_its_own(self, judged):
        throwaway = signature(identity="rehearsal@127.0.0.1")
        assert self.signed(judged, throwaway, mode=Mode.REHEARSAL).outcome("KEY-01") is Outcome.PASSED

    def test_a_managed_key_that_the_policy_names(self, judged):
        by_key = signature(key="managed", identity=f"sha256:{KEY.public_sha256}")
        assert self.signed(judged, by_key, params=Params(key=KEY)).outcome("KEY-01") is Outcome.PASSED

    def test_another_managed_key_than_the_one_that_the_policy_pins(self, judged):
        by_key = signature(key="managed", identity=f"sha256:{'9' * 64}")
        found = self.signed(judged, by_key, params=Params(key=KEY))
        assert found.outcome("KEY-01") is Outcome.FAILED
        assert "the policy pins" in found.words("KEY-01")


class TestManagedKey:
    def test_keyless_signing_has_no_key_to_hold(self, judged):
        assert judged().outcome("KEY-04") is Outcome.NOT_APPLICABLE

    def test_a_reference_with_custodian(self, judged):
        assert judged(Params(key=KEY)).outcome("KEY-04") is Outcome.PASSED

    @pytest.mark.parametrize(
        "more",
        [
            pytest.param({"reference": "/etc/keys/release.pem"}, id="KEY-04: a key file path"),
            pytest.param({"reference": "file:release.pem"}, id="KEY-04: a key file address"),
            pytest.param({"reference": "pkcs11:token=a?pin-value=1234"}, id="KEY-04: a password in the config"),
            pytest.param({"next_rotation": date(2026, 11, 19)}, id="KEY-04: rotation overdue"),
            pytest.param({"next_rotation": None}, id="KEY-04: no rotation"),
            pytest.param({"custodian": ""}, id="KEY-04: no custodian"),
            pytest.param({"custodian": "ada"}, id="KEY-04: a custodian without the role"),
            pytest.param({"public_sha256": ""}, id="KEY-04: public key not on record"),
        ],
    )
    def test_bad_keys(self, judged, more):
        assert judged(Params(key=msgspec.structs.replace(KEY, **more))).outcome("KEY-04") is Outcome.FAILED


class TestProcedure:
    def stated(self, judged, params=None, **more):
        values = {
            "file": "kim.sigstore.json",
            "identity": "kim@example.invalid",
            "issuer": ISSUER,
            "role": "key-custodian",
            "meaning": "key-procedure",
            "evidence_set": SET,
            "signed": "2026-11-20T11:00:00+00:00",
        }
        given = (Approval(**(values | more)),) if more != {"none": True} else ()
        return judged(params or Params(procedure=PROCEDURE), Phase.ON_APPROVALS, approvals=given, evidence_set=SET)

    def test_signed_by_the_custodian(self, judged):
        seen = self.stated(judged)
        assert seen.outcome("KEY-06") is Outcome.PASSED
        assert "SOP-12 revision 3" in seen.words("KEY-06")

    @pytest.mark.parametrize(
        "more",
        [
            pytest.param({"problem": "carries no signature"}, id="KEY-06: unsigned statement"),
            pytest.param({"identity": "eve@example.invalid"}, id="KEY-06: a person not in the roles table"),
            pytest.param({"signed": "2025-11-19T11:00:00+00:00"}, id="KEY-06: older than a year"),
            pytest.param({"signed": "2026-11-21T11:00:00+00:00"}, id="KEY-06: in the future"),
            pytest.param({"signed": ""}, id="KEY-06: no time"),
            pytest.param({"role": "developer"}, id="KEY-06: in another role"),
            pytest.param({"evidence_set": "0" * 64}, id="KEY-06: for another release"),
            pytest.param({"revoked": True}, id="KEY-06: revoked"),
            pytest.param({"none": True}, id="KEY-06: no statement"),
        ],
    )
    def test_bad_statements(self, judged, more):
        assert self.stated(judged, **more).outcome("KEY-06") is Outcome.FAILED

    def test_a_statement_that_was_taken_back(self, judged):
        """KEY-06: revoked, in a file of its own."""
        given = Approval(
            file="kim.sigstore.json",
            identity="kim@example.invalid",
            issuer=ISSUER,
            role="key-custodian",
            meaning="key-procedure",
            evidence_set=SET,
            signed="2026-11-20T11:00:00+00:00",
        )
        back = msgspec.structs.replace(given, file="kim-revoked.sigstore.json", revoked=True)
        seen = judged(Params(procedure=PROCEDURE), Phase.ON_APPROVALS, approvals=(given, back), evidence_set=SET)
        assert seen.outcome("KEY-06") is Outcome.FAILED
        assert "revoked" in seen.words("KEY-06")

    def test_no_procedure(self, judged):
        assert self.stated(judged, Params()).outcome("KEY-06") is Outcome.FAILED


GOOD = """
on: { push: { tags: ["v*"] } }
permissions: {}
jobs:
  test:
    permissions: { contents: read }
    steps:
      - uses: actions/checkout@1234567890123456789012345678901234567890
  release:
    permissions: { id-token: write, contents: read }
    steps:
      - uses: actions/checkout@1234567890123456789012345678901234567890
      - uses: ./action
      - run: gatekeeper release "$ARTIFACT"
        env: { ARTIFACT: "${{ inputs.artifact }}" }
"""
SHA = "@1234567890123456789012345678901234567890"


class TestWorkflows:
    @pytest.fixture
    def read(self, tmp_path):
        def write(content: str):
            (tmp_path / ".github/workflows").mkdir(parents=True, exist_ok=True)
            (tmp_path / ".github/workflows/release.yml").write_text(content)
            return workflows.read(tmp_path)

        return write

    def test_narrow(self, read):
        assert read(GOOD).faults == ()
        assert read(GOOD).paths == (".github/workflows/release.yml",)

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            pytest.param("permissions: {}", "permissions: write-all", "write-all", id="KEY-05: permissions: write-all"),
            pytest.param("{ contents: read }\n", "write-all\n", "write-all", id="KEY-05: write-all in a job"),
            pytest.param(SHA, "@v4", "not pinned", id="KEY-05: an action pinned by tag in the signing job"),
            pytest.param(
                "gatekeeper release",
                "verify --certificate-identity-regexp '.*'",
                "wildcard",
                id="KEY-05: identity pattern `.*`",
            ),
            pytest.param(
                'release "$ARTIFACT"',
                "release ${{ github.event.head_commit.message }}",
                "from outside",
                id="KEY-05: untrusted input expanded in a run step",
            ),
            pytest.param(
                "permissions: {}", "permissions: { id-token: write }", "every job", id="KEY-05: id-token for all"
            ),
            pytest.param(
                "push: {", "pull_request_target: {}, push: {", "pull_request_target", id="KEY-05: pull_request_target"
            ),
            pytest.param(
                f"actions/checkout{SHA}\n  release",
                "other/action@v1\n        with: { key: '${{ secrets.KEY }}' }\n  release",
                "secret",
                id="KEY-05: a secret for an action that is not pinned",
            ),
            pytest.param(
                'release "$ARTIFACT"',
                "release ${{ toJSON(github.event) }}",
                "from outside",
                id="KEY-05: the whole event expanded in a run step",
            ),
            pytest.param(
                'run: gatekeeper release "$ARTIFACT"',
                'with: { script: "${{ github.event.issue.title }}" }',
                "from outside",
                id="KEY-05: untrusted input expanded in a script of an action",
            ),
            pytest.param(
                "  release:\n",
                "  more:\n    uses: other/repo/.github/workflows/a.yml@v1\n    secrets: inherit\n  release:\n",
                "a secret is passed",
                id="KEY-05: all secrets for a workflow that is not pinned",
            ),
        ],
    )
    def test_wide(self, read, old, new, told):
        assert old in GOOD
        assert told in "\n".join(fault.message for fault in read(GOOD.replace(old, new)).faults)

    def test_an_action_of_the_repository_is_looked_into(self, read, tmp_path):
        """KEY-05: an action pinned by tag, called by an action beside the workflow."""
        (tmp_path / "action").mkdir()
        action = tmp_path / "action/action.yml"
        action.write_text("runs: { using: composite, steps: [ { uses: actions/setup-python@v5 } ] }\n")
        assert "actions/setup-python@v5 is not pinned" in "\n".join(f.message for f in read(GOOD).faults)
        action.write_text(f"runs: {{ using: composite, steps: [ {{ uses: actions/setup-python{SHA} }} ] }}\n")
        assert read(GOOD).faults == ()
        action.write_text("runs: [")
        assert "action/action.yml" in "\n".join(read(GOOD).unread)

    def test_an_image_pinned_by_digest(self, read):
        image = f"docker://alpine@sha256:{'0' * 64}"
        assert read(GOOD.replace("./action", image)).faults == ()
        assert read(GOOD.replace("./action", "docker://alpine:3")).faults

    def test_more_workflows_than_are_read_are_told(self, read, monkeypatch, tmp_path):
        monkeypatch.setattr(workflows, "MOST_WORKFLOWS", 1)
        read(GOOD)
        (tmp_path / ".github/workflows/second.yml").write_text(GOOD)
        assert workflows.judge(workflows.read(tmp_path)).doubts

    @pytest.mark.parametrize(
        "content", ["jobs: [", "- a", "jobs: 1", "a: &a [1]\nb: [" + "*a," * 200 + "]\njobs: {}\n", "x" * (2 << 20)]
    )
    def test_what_cannot_be_read_is_undecided(self, read, content):
        seen = read(content)
        assert seen.unread
        assert workflows.judge(seen).doubts

    def test_no_workflows_is_a_remark(self, judged):
        assert judged().outcome("KEY-05") is Outcome.FAILED

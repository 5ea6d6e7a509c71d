from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks._people.evidence import Approved, Emergency
from gatekeeper.checks.people import CHECK, Params
from gatekeeper.model.approval import Approval
from gatekeeper.model.check import Product
from gatekeeper.model.facts import DocumentFact, Facts, IssueFact, SourceFact
from gatekeeper.model.facts import TestFact as Report
from gatekeeper.model.people import Member, Needed
from gatekeeper.model.words import Outcome, Phase

SET = "e" * 64
ISSUER = "https://issuer.example"
SIGNED = "2026-11-20T11:30:00+00:00"
FACTS = Facts(
    source=SourceFact(commit="a" * 40, committed="2026-11-19T10:00:00+00:00"),
    issues=(IssueFact("issues#PL-7", "Follow-up", "open", "open", "low"),),
    tests=(
        Report(
            "requirements",
            "r.xml",
            "0" * 64,
            tester="tess",
            independence="department",
            finished="2026-11-19T12:00:00+00:00",
        ),
    ),
)


def member(name: str, *roles: str, **more) -> Member:
    values = {
        "id": name,
        "name": f"{name.title()} Example",
        "organisation": "Example Devices",
        "roles": roles,
        "identity": f"{name}@example.invalid",
        "issuer": ISSUER,
        "git": (f"{name}@git.invalid",),
        "competence": f"TR-{name}",
        "competence_until": date(2027, 6, 30),
    }
    return Member(**(values | more))


PEOPLE = (
    member("ada", "developer"),
    member("tess", "tester"),
    member("quinn", "quality"),
    member("sam", "security"),
    member("vera", "verification"),
    member("rex", "release-authority"),
)
TABLE = Approved("rex", date(2026, 1, 1), date(2027, 1, 1))
GIVEN = (("quinn", "quality", "approval"), ("sam", "security", "approval"), ("vera", "verification", "completion"))
GIVEN = (*GIVEN, ("rex", "release-authority", "release"))


def params(*people: Member, **more) -> Params:
    return Params(**({"person": people or PEOPLE, "approved": TABLE} | more))


def approval(who: str, role: str, meaning: str, **more) -> Approval:
    values = {
        "file": f"{who}-{meaning}.sigstore.json",
        "identity": f"{who}@example.invalid",
        "issuer": ISSUER,
        "role": role,
        "meaning": meaning,
        "evidence_set": SET,
        "signed": SIGNED,
    }
    return Approval(**(values | more))


def approvals(*more: Approval, without: str = "", **change) -> tuple[Approval, ...]:
    return (*(approval(*row, **change) for row in GIVEN if row[0] != without), *more)


def changed(who: str, **fields) -> tuple[Member, ...]:
    return tuple(msgspec.structs.replace(m, **fields) if m.id == who else m for m in PEOPLE)


@pytest.fixture
def product(workspace):
    workspace.commit("First", ("Ada", "ada@git.invalid"), app__py="1\n")
    return workspace


@pytest.fixture
def judged(product, gate):
    """Collect from the repository as it is now, and judge both phases."""

    def judge(policy=None, given=None, tables=(), previous="", **case):
        table = policy or params()
        item = Product(name="pump-link", version="2.3.1", manufacturer="Example Devices", previous_version=previous)
        evidence = CHECK.collect(gate.context(product.root, product=item, tables=dict(tables)), table)
        assert b"@git.invalid" not in msgspec.json.encode(msgspec.structs.replace(evidence, before=None))
        more = {"facts": FACTS, "evidence_set": SET, "approvals": approvals() if given is None else given} | case
        seen = gate.judge(CHECK, evidence, table, **more)
        seen.by_rule |= gate.judge(CHECK, evidence, table, Phase.ON_APPROVALS, **more).by_rule
        return seen

    return judge


def test_separate_people_who_approve_pass(judged):
    seen = judged()
    good = {Outcome.PASSED, Outcome.NOT_APPLICABLE}
    assert {rule: seen.words(rule) for rule in CHECK.rules if seen.outcome(rule) not in good} == {}


class TestTable:
    @pytest.mark.parametrize(
        "policy",
        [
            pytest.param(params(*PEOPLE[:2]), id="PEOPLE-01: empty role"),
            pytest.param(params(*changed("tess", roles=("tester", "wizard"))), id="PEOPLE-01: unknown role name"),
            pytest.param(
                params(*PEOPLE, member("quinn", "tester", identity="", git=())), id="PEOPLE-01: one id for two people"
            ),
            pytest.param(
                params(*changed("tess", identity="sam@example.invalid")), id="PEOPLE-01: one identity for two"
            ),
            pytest.param(params(*changed("tess", git=("ADA@git.invalid",))), id="PEOPLE-01: one address for two"),
            pytest.param(params(*changed("tess", organisation=" ")), id="PEOPLE-01: no organisation"),
            pytest.param(params(apart=(("developer", "qualty"),)), id="PEOPLE-01: a misspelt role keeps nobody apart"),
            pytest.param(params(separated=("Quality",)), id="PEOPLE-01: a separated role in another case"),
            pytest.param(
                params(approved=Approved("nobody", date(2026, 1, 1), date(2027, 1, 1))), id="PEOPLE-01: by a stranger"
            ),
            pytest.param(params(approved=None), id="PEOPLE-01: nobody approved the table"),
            pytest.param(
                params(approved=Approved("rex", date(2026, 1, 1), date(2026, 11, 19))), id="PEOPLE-01: out of date"
            ),
            pytest.param(params(approved=Approved("rex", date(2026, 12, 1), date(2027, 1, 1))), id="PEOPLE-01: future"),
        ],
    )
    def test_bad_tables(self, judged, policy):
        assert judged(policy).outcome("PEOPLE-01") is Outcome.FAILED

    @pytest.mark.parametrize(
        "fields",
        [
            pytest.param({"competence_until": date(2026, 11, 20)}, id="PEOPLE-02: date passed"),
            pytest.param({"competence_until": None}, id="PEOPLE-02: no date"),
            pytest.param({"competence": ""}, id="PEOPLE-02: no record id"),
            pytest.param({"roles": ("tester",)}, id="PEOPLE-02: nobody at all"),
        ],
    )
    def test_competence(self, judged, fields):
        assert judged(params(*changed("sam", **fields))).outcome("PEOPLE-02") is Outcome.FAILED

    @pytest.mark.parametrize(
        "row",
        [
            pytest.param({"author": "sam", "approver": "sam", "reason": "r"}, id="PEOPLE-08: approved by its author"),
            pytest.param(
                {"author": "ada", "approver": "quinn", "reason": "r"}, id="PEOPLE-08: approver without security role"
            ),
            pytest.param({"author": "ada", "approver": "sam", "reason": " "}, id="PEOPLE-08: no reason"),
            pytest.param({"author": "ada", "approver": "nobody", "reason": "r"}, id="PEOPLE-08: unknown approver"),
            pytest.param({"approver": "sam", "reason": "r"}, id="PEOPLE-08: no author"),
        ],
    )
    def test_bad_tailoring(self, judged, row):
        tables = {"activity-completion": {"tailored": [{"clause": "7.5"} | row]}}
        assert judged(tables=tables).outcome("PEOPLE-08") is Outcome.FAILED

    def test_good_tailoring_needs_competence_in_date(self, judged):
        row = {"clause": "7.5", "author": "ada", "approver": "sam", "reason": "Example"}
        tables = {"activity-completion": {"tailored": [row]}}
        assert judged(tables=tables).outcome("PEOPLE-08") is Outcome.PASSED
        stale = params(*changed("sam", competence_until=date(2026, 1, 1)))
        assert judged(stale, tables=tables).outcome("PEOPLE-08") is Outcome.FAILED


class TestPrivacy:
    @pytest.mark.parametrize(
        "facts",
        [
            pytest.param(
                Facts(issues=(IssueFact("1", "Told by anna@home.invalid", "open", "open", "low"),)),
                id="PEOPLE-11: private e-mail addresses in attachments",
            ),
            pytest.param(
                Facts(issues=(IssueFact("1", "t", "open", "open", "low", more={"impact": "call 090-1234-5678"}),)),
                id="PEOPLE-11: a telephone number",
            ),
            pytest.param(
                Facts(documents=(DocumentFact("proof", "records/Screen.PNG", "0" * 64),)),
                id="PEOPLE-11: a screenshot with patient data",
            ),
        ],
    )
    def test_private_data(self, judged, facts):
        seen = judged(facts=facts)
        assert seen.outcome("PEOPLE-11") is Outcome.FAILED
        assert "anna@home.invalid" not in seen.words("PEOPLE-11")

    @pytest.mark.parametrize(
        "words",
        [
            "０９０－１２３４－５６７８",
            "090-1234-5678",
            "03(1234)5678",
            "(03) 1234-5678",
            "09012345678",
            "anna＠home.example",
        ],
    )
    def test_as_it_is_written_in_japan(self, judged, words):
        """PEOPLE-11: private addresses and telephone numbers."""
        issue = IssueFact("1", f"連絡先は{words}です", "open", "open", "low")
        assert judged(facts=Facts(issues=(issue,))).outcome("PEOPLE-11") is Outcome.FAILED

    def test_dates_versions_and_packages_are_no_telephone_numbers(self, judged):
        issue = IssueFact("1", "2026-11-20 1.4.0 pkg:pypi/a@3.1.6", "open", "open", "low", cvss="CVSS:3.1/AV:P")
        assert judged(facts=Facts(issues=(issue,))).outcome("PEOPLE-11") is Outcome.PASSED


class TestTesters:
    @pytest.mark.parametrize(
        "tester",
        [
            pytest.param("ada", id="PEOPLE-06: tester equals author"),
            pytest.param("Ada Example", id="PEOPLE-06: tester equals author, by name"),
            pytest.param("the test team", id="PEOPLE-06: tester given as a team name only"),
            pytest.param("", id="PEOPLE-06: no tester"),
        ],
    )
    def test_bad_testers(self, judged, tester):
        tests = (msgspec.structs.replace(FACTS.tests[0], tester=tester),)
        assert judged(facts=msgspec.structs.replace(FACTS, tests=tests)).outcome("PEOPLE-06") is Outcome.FAILED

    def test_an_outside_tester_is_compared_by_name(self, judged, product):
        tests = (msgspec.structs.replace(FACTS.tests[0], tester="E. Example", organisation="Example Testing"),)
        facts = msgspec.structs.replace(FACTS, tests=tests)
        assert judged(facts=facts).outcome("PEOPLE-06") is Outcome.PASSED
        product.commit("A hand", ("E. Example", "e@elsewhere.invalid"))
        assert judged(facts=facts).outcome("PEOPLE-06") is Outcome.FAILED

    def test_without_reports_it_is_undecided(self, judged):
        assert judged(facts=Facts()).outcome("PEOPLE-06") is Outcome.UNDECIDED


class TestComplete:
    @pytest.mark.parametrize(
        "given",
        [
            pytest.param(approvals(without="quinn"), id="PEOPLE-03: quality approval missing"),
            pytest.param((), id="PEOPLE-03: no approval"),
            pytest.param(
                approvals(approval("mallory", "quality", "approval"), without="quinn"),
                id="PEOPLE-03: an approver not in the table",
            ),
            pytest.param(
                approvals(approval("ada", "quality", "approval"), without="quinn"), id="PEOPLE-03: not in that role"
            ),
            pytest.param(
                approvals(approval("quinn", "quality", "approval", issuer="https://other.example"), without="quinn"),
                id="PEOPLE-03: another issuer",
            ),
        ],
    )
    def test_lacking(self, judged, given):
        assert judged(given=given).outcome("PEOPLE-03") is Outcome.FAILED

    def test_one_person_approving_as_developer_and_as_quality(self, judged):
        """PEOPLE-03: one person approving as developer and as quality."""
        both = params(*changed("quinn", roles=("developer", "quality")))
        assert "kept apart" in judged(both).words("PEOPLE-03")

    def test_two_are_needed_and_one_signs_twice(self, judged):
        policy = params(needed=(Needed("quality", "approval", 2),))
        twice = approvals(approval("quinn", "quality", "approval", file="again"))
        assert judged(policy, twice).outcome("PEOPLE-03") is Outcome.FAILED

    def test_a_policy_that_needs_none(self, judged):
        assert judged(params(needed=())).outcome("PEOPLE-03") is Outcome.FAILED


class TestBound:
    @pytest.mark.parametrize(
        "bad",
        [
            pytest.param({"evidence_set": "0" * 64}, id="PEOPLE-04: approval of a previous digest"),
            pytest.param({"signed": "2026-11-19T11:00:00+00:00"}, id="PEOPLE-04: approval older than the last change"),
            pytest.param({"problem": "carries no signature"}, id="PEOPLE-04: an unsigned name in a file"),
            pytest.param({"evidence_set": "f" * 64}, id="PEOPLE-04: an approval copied to another release"),
            pytest.param({"signed": ""}, id="PEOPLE-04: no proven time"),
            pytest.param({"signed": "2026-11-20T11:30:00"}, id="PEOPLE-04: no zone"),
            pytest.param({"signed": "2026-11-20T12:30:00+00:00"}, id="PEOPLE-04: after the seal began"),
            pytest.param({"meaning": " "}, id="PEOPLE-04: no meaning"),
        ],
    )
    def test_bad_bindings(self, judged, bad):
        extra = approval(*GIVEN[0], **({"file": "extra"} | bad) if "meaning" not in bad else {"file": "extra"})
        extra = msgspec.structs.replace(extra, **bad)
        seen = judged(given=approvals(extra))
        assert seen.outcome("PEOPLE-04") is Outcome.FAILED
        assert "extra" in seen.words("PEOPLE-04")

    def test_another_digest_counts_for_nothing(self, judged):
        seen = judged(given=approvals(evidence_set="0" * 64))
        assert {seen.outcome(rule) for rule in ("PEOPLE-03", "PEOPLE-04", "PEOPLE-09")} == {Outcome.FAILED}

    def test_without_an_evidence_set_nothing_counts(self, judged):
        seen = judged(given=approvals(evidence_set=""), evidence_set="")
        assert {seen.outcome(rule) for rule in ("PEOPLE-03", "PEOPLE-04", "PEOPLE-09")} == {Outcome.FAILED}


class TestSeparate:
    @pytest.mark.parametrize(
        ("message", "who"),
        [
            pytest.param(
                "C", ("Quinn Example", "quinn@home.invalid"), id="PEOPLE-05: the same person under two addresses"
            ),
            pytest.param(
                "C\n\nCo-authored-by: Q <quinn@git.invalid>",
                ("Ada", "ada@git.invalid"),
                id="PEOPLE-05: a co-author trailer",
            ),
            pytest.param("C", ("Q", "quinn@git.invalid"), id="PEOPLE-05: an author approving as quality"),
            pytest.param("C", ("Q", "QUINN@git.invalid"), id="PEOPLE-05: another case"),
        ],
    )
    def test_authors(self, judged, product, message, who):
        product.commit(message, who)
        assert judged().outcome("PEOPLE-05") is Outcome.FAILED

    def test_a_stranger_may_be_an_approver(self, judged, product):
        """PEOPLE-05: an approver writes under a name and an address that nobody knows."""
        product.commit("C", ("anon", "anon@home.invalid"))
        seen = judged()
        assert seen.outcome("PEOPLE-05") is Outcome.UNDECIDED
        assert "'anon' wrote in the released changes" in seen.words("PEOPLE-05")
        named = Member(id="anon", name="Nan Example", organisation="Elsewhere", roles=(), git=("anon@home.invalid",))
        assert judged(params(*PEOPLE, named)).outcome("PEOPLE-05") is Outcome.PASSED

    def test_a_policy_that_separates_no_role(self, judged):
        """PEOPLE-05: zero separated roles are no separation."""
        assert judged(params(separated=())).outcome("PEOPLE-05") is Outcome.FAILED

    def test_the_mail_map_joins_two_addresses(self, judged, product):
        product.commit("C", ("Nick", "nick@home.invalid"), __mailmap="Quinn <quinn@git.invalid> <nick@home.invalid>\n")
        assert judged().outcome("PEOPLE-05") is Outcome.FAILED

    def test_only_changes_since_the_previous_release_count(self, judged, product):
        product.commit("Long ago", ("Q", "quinn@git.invalid"))
        product.git("tag", "v2.3.0")
        product.commit("Now", ("Ada", "ada@git.invalid"))
        assert judged(previous="2.3.0").outcome("PEOPLE-05") is Outcome.PASSED
        assert judged().outcome("PEOPLE-05") is Outcome.FAILED

    def test_a_previous_release_without_tag_is_undecided(self, judged):
        assert judged(previous="2.3.0").outcome("PEOPLE-05") is Outcome.UNDECIDED

    def test_no_repository_is_undecided(self, tmp_path, gate):
        evidence = CHECK.collect(gate.context(tmp_path), params())
        seen = gate.judge(CHECK, evidence, params(), Phase.ON_APPROVALS, evidence_set=SET, approvals=approvals())
        assert seen.outcome("PEOPLE-05") is Outcome.UNDECIDED
        assert seen.outcome("PEOPLE-07") is Outcome.UNDECIDED


def policy_text(*people: Member) -> str:
    rows = "".join(
        f'[[people.person]]\nid = "{m.id}"\nname = "{m.name}"\norganisation = "{m.organisation}"\n'
        f'roles = {list(m.roles)}\nidentity = "{m.identity}"\nissuer = "{m.issuer}"\ngit = {list(m.git)}\n'
        f'competence = "{m.competence}"\ncompetence-until = {m.competence_until}\n'
        for m in people
    )
    return rows.replace("'", '"')


class TestReal:
    @pytest.fixture
    def released(self, product):
        product.commit("Table", ("Ada", "ada@git.invalid"), gatekeeper__toml=policy_text(*PEOPLE))
        product.git("tag", "v2.3.0")
        product.commit("Now", ("Ada", "ada@git.invalid"), app__py="2\n")

    @pytest.mark.parametrize("name", ["release-bot", "renovate"])
    def test_a_bot_account_as_approver(self, judged, name):
        """PEOPLE-07: a bot account as approver."""
        bot = member(name, "quality")
        given = approvals(approval(name, "quality", "approval"), without="quinn")
        assert judged(params(*PEOPLE, bot), given).outcome("PEOPLE-07") is Outcome.FAILED
        marked = params(*changed("rex", bot=True))
        assert judged(marked).outcome("PEOPLE-07") is Outcome.FAILED

    @pytest.mark.parametrize(
        "identity",
        [
            "https://github.com/example/pump-link/.github/workflows/release.yml@refs/tags/v2.3.1",
            "spiffe://example.org/ci/release",
            "release@pump-link.iam.gserviceaccount.com",
            "system:serviceaccount:ci:release",
        ],
    )
    def test_an_identity_that_no_person_has(self, judged, identity):
        """PEOPLE-07, PEOPLE-09: a bot account as approver, a decision by a script."""
        policy = params(*changed("rex", identity=identity))
        seen = judged(
            policy, approvals(approval("rex", "release-authority", "release", identity=identity), without="rex")
        )
        assert seen.outcome("PEOPLE-07") is Outcome.FAILED
        assert seen.outcome("PEOPLE-09") is Outcome.FAILED

    def test_the_table_of_the_previous_release_passes(self, judged, released):
        seen = judged(previous="2.3.0")
        assert seen.outcome("PEOPLE-07") is Outcome.PASSED, seen.words("PEOPLE-07")
        assert "compared with" in seen.words("PEOPLE-07")

    def test_an_approver_added_in_the_same_change_set(self, judged, released):
        """PEOPLE-07: an approver added in the same change set."""
        grown = params(*PEOPLE, member("nina", "quality"))
        given = approvals(approval("nina", "quality", "approval"), without="quinn")
        assert "in these very changes" in judged(grown, given, previous="2.3.0").words("PEOPLE-07")
        by_sam = approvals(approval("nina", "quality", "approval"), approval("sam", "security", "roles-change"))
        assert judged(grown, by_sam, previous="2.3.0").outcome("PEOPLE-07") is Outcome.PASSED
        by_nina = approvals(approval("nina", "quality", "roles-change"))
        assert judged(grown, by_nina, previous="2.3.0").outcome("PEOPLE-07") is Outcome.FAILED

    def test_a_role_added_in_the_same_change_set(self, judged, released):
        grown = params(*changed("tess", roles=("tester", "quality")))
        assert judged(grown, previous="2.3.0").outcome("PEOPLE-07") is Outcome.FAILED

    def test_a_mail_map_entry_that_joins_two_people(self, judged, released, product):
        """PEOPLE-07: a mail map entry that joins two people."""
        product.commit("Map", ("Ada", "ada@git.invalid"), __mailmap="Ada <ada@git.invalid> <quinn@git.invalid>\n")
        assert ".mailmap was changed" in judged(previous="2.3.0").words("PEOPLE-07")

    def test_a_broken_table_before_is_undecided(self, judged, product):
        product.commit("Table", ("Ada", "ada@git.invalid"), gatekeeper__toml="[people]\nperson = 3\n")
        product.git("tag", "v2.3.0")
        assert judged(previous="2.3.0").outcome("PEOPLE-07") is Outcome.UNDECIDED


class TestDecided:
    @pytest.mark.parametrize(
        "given",
        [
            pytest.param(approvals(without="rex"), id="PEOPLE-09: a decision by a script"),
            pytest.param(
                approvals(approval("rex", "release-authority", "release", evidence_set=""), without="rex"),
                id="PEOPLE-09: a decision that names no digest",
            ),
            pytest.param(
                approvals(approval("quinn", "release-authority", "release"), without="rex"),
                id="PEOPLE-09: a person without release authority",
            ),
        ],
    )
    def test_nobody_decided(self, judged, given):
        assert judged(given=given).outcome("PEOPLE-09") is Outcome.FAILED

    def test_a_bot_with_authority(self, judged):
        assert judged(params(*changed("rex", bot=True))).outcome("PEOPLE-09") is Outcome.FAILED

    def test_a_revoked_approval(self, judged):
        """PEOPLE-10: a revoked approval."""
        revocation = approval("quinn", "quality", "approval", revoked=True, file="revocation")
        seen = judged(given=approvals(revocation))
        assert seen.outcome("PEOPLE-10") is Outcome.FAILED
        assert seen.outcome("PEOPLE-03") is Outcome.FAILED

    @pytest.mark.parametrize("digest", ["", "*", "all", SET + "," + "f" * 64])
    def test_a_standing_approval_for_all_releases(self, judged, digest):
        """PEOPLE-10: a standing approval for all releases."""
        standing = approval("quinn", "quality", "approval", evidence_set=digest, file="standing")
        assert judged(given=approvals(standing)).outcome("PEOPLE-10") is Outcome.FAILED

    def test_somebody_elses_revocation_takes_nothing_back(self, judged):
        revocation = approval("sam", "security", "other", revoked=True, file="r", evidence_set="0" * 64)
        assert judged(given=approvals(revocation)).outcome("PEOPLE-03") is Outcome.PASSED


class TestEmergency:
    GOOD = Emergency("A hole is used in the field", "rex", date(2026, 12, 1), "PL-7", ("TEST-07",))

    def test_declared_and_limited(self, judged):
        seen = judged(params(emergency=self.GOOD, postponable=("TEST-07",)))
        assert seen.outcome("PEOPLE-12") is Outcome.PASSED
        assert seen.by_rule["PEOPLE-12"].observed[0].startswith("EMERGENCY until")

    @pytest.mark.parametrize(
        "bad",
        [
            pytest.param({"ends": None}, id="PEOPLE-12: emergency without end date"),
            pytest.param({"ends": date(2026, 11, 19)}, id="PEOPLE-12: an end that has passed"),
            pytest.param({"issue": ""}, id="PEOPLE-12: follow-up issue missing"),
            pytest.param({"issue": "PL-99"}, id="PEOPLE-12: follow-up issue does not exist"),
            pytest.param({"earlier": ("2.2.0", "2.3.0")}, id="PEOPLE-12: a third emergency in a row for the same part"),
            pytest.param({"reason": ""}, id="PEOPLE-12: no reason"),
            pytest.param({"approver": "sam"}, id="PEOPLE-12: no authority"),
            pytest.param({"postponed": ()}, id="PEOPLE-12: nothing named"),
            pytest.param({"postponed": ("TEST-01",)}, id="PEOPLE-12: not listed in the policy"),
            pytest.param({"postponed": ("SIGN-01",)}, id="PEOPLE-12: signing is never put off"),
            pytest.param({"postponed": ("VULN-05",)}, id="PEOPLE-12: known-exploited is never put off"),
        ],
    )
    def test_bad_emergencies(self, judged, bad):
        declared = msgspec.structs.replace(self.GOOD, **bad)
        policy = params(emergency=declared, postponable=("TEST-07", "SIGN-01", "VULN-05"))
        assert judged(policy).outcome("PEOPLE-12") is Outcome.FAILED


TEXT = st.sampled_from(["", SET, "0" * 64, "quinn@example.invalid", "quality", "approval", "release", ISSUER, SIGNED])


@given(
    st.lists(
        st.builds(
            Approval,
            file=TEXT,
            identity=TEXT,
            issuer=TEXT,
            role=TEXT,
            meaning=TEXT,
            evidence_set=TEXT,
            signed=TEXT,
            revoked=st.booleans(),
            problem=TEXT,
        )
    )
)
def test_no_heap_of_other_approvals_replaces_the_release_authority(given):
    """Nobody but the release authority, with the right identity and digest, decides to release."""
    from gatekeeper.checks._people.approving import valid
    from gatekeeper.model.check import Case
    from gatekeeper.model.words import Mode
    from gatekeeper.policy.rulebook import rulebook

    case = Case(
        product=Product(name="p", version="1", manufacturer="m"),
        rulebook=rulebook(),
        now=datetime(2026, 11, 20, tzinfo=UTC),
        mode=Mode.CI,
        evidence_set=SET,
        approvals=tuple(given),
    )
    for counted in valid(params(), case):
        assert counted.approval.evidence_set == SET
        assert not counted.approval.problem
        assert counted.approval.role in counted.member.roles
        assert counted.approval.identity == counted.member.identity


class TestOnePersonInTwoSpellings:
    @pytest.mark.parametrize(
        "tester",
        [
            pytest.param("ADA", id="the id in another case"),
            pytest.param("Ａｄａ Example", id="in full width"),
            pytest.param("Ada  Example (test team)", id="with a remark"),
            pytest.param("ada.example", id="with a full stop"),
            pytest.param("Ada\u200b Example", id="with an invisible character"),
        ],
    )
    def test_an_author_who_tests_under_another_organisation(self, judged, tester):
        tests = (msgspec.structs.replace(FACTS.tests[0], tester=tester, organisation="Example Testing"),)
        seen = judged(facts=msgspec.structs.replace(FACTS, tests=tests))
        assert "among the authors" in seen.words("PEOPLE-06")

    def test_two_unicode_forms_of_one_name(self, judged, product):
        product.commit("C", ("Jose\u0301 Example", "jose@elsewhere.invalid"))
        tests = (msgspec.structs.replace(FACTS.tests[0], tester="Jos\u00e9 Example", organisation="Example Testing"),)
        seen = judged(facts=msgspec.structs.replace(FACTS, tests=tests))
        assert "among the authors" in seen.words("PEOPLE-06")

    @pytest.mark.parametrize("author", ["Sam Example", "SAM", "Sam Example (security)"])
    def test_tailoring_approved_by_its_author(self, judged, author):
        row = {"clause": "7.5", "author": author, "approver": "sam", "reason": "r"}
        seen = judged(tables={"activity-completion": {"tailored": [row]}})
        assert "approved by its author" in seen.words("PEOPLE-08")

    @pytest.mark.parametrize("fields", [{"id": "Quinn"}, {"name": "Quinn  Example"}, {"name": "QUINN EXAMPLE (QA)"}])
    def test_two_entries_that_cannot_be_told_apart(self, judged, fields):
        """PEOPLE-01: one person as two, who then approves as developer and as quality."""
        second = msgspec.structs.replace(member("quentin", "developer"), **fields)
        assert judged(params(*PEOPLE, second)).outcome("PEOPLE-01") is Outcome.FAILED


class TestPenetrationTester:
    @pytest.mark.parametrize(
        ("tester", "organisation", "outcome"),
        [
            pytest.param("ada", "Example Devices", Outcome.FAILED, id="PEOPLE-06: tester equals author"),
            pytest.param("the red team", "Example Devices", Outcome.FAILED, id="PEOPLE-06: a team name only"),
            pytest.param("Red Team", "Example Testing", Outcome.FAILED, id="PEOPLE-06: a team name only, from outside"),
            pytest.param("評価チーム", "Example Testing", Outcome.FAILED, id="PEOPLE-06: the same in Japanese"),
            pytest.param("E. Example", "Example Testing", Outcome.PASSED, id="somebody from outside"),
        ],
    )
    def test_is_a_tester_too(self, judged, tester, organisation, outcome):
        row = {"path": "p.pdf", "tester": tester, "organisation": organisation, "independence": "organisation"}
        assert judged(tables={"security-tests": {"penetration": row}}).outcome("PEOPLE-06") is outcome

"""ISSUE-22: who may approve a deviation: by a Sigstore bundle over the whole file, and never for their own change."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.checks._security_issues.bundles import entries_in, root_beside
from gatekeeper.cli.situation import _verify
from gatekeeper.model.deviation import Person
from gatekeeper.model.finding import Where, finding
from gatekeeper.model.words import Level, Mode, Outcome
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.rehearsal import rehearsal
from gatekeeper.signing.signer import open_signer
from tests.checks.security_issues.conftest import deviation, tool, write_deviations

ISSUER = "https://accounts.example.org"
BEN, CLARA = ("Ben Example", "ben@example.org"), ("Clara Example", "clara@example.org")
BUNDLE = "deviations.ben.sigstore.json"


@dataclass
class People:
    """A throw-away Sigstore at which people sign."""

    running: Any

    @property
    def root(self) -> bytes:
        return bytes(self.running.instance.trusted_root)

    def sign(self, identity: str, raw: bytes) -> bytes:
        claims = {"iss": ISSUER, "sub": identity, "email": identity, "email_verified": "true"}
        expected = Expected(identity=identity, issuer=ISSUER)
        with open_signer(self.running.instance, self.running.credential_for(claims), expected) as signer:
            return bytes(signer.sign_digest(hashlib.sha256(raw).digest())[0])


@pytest.fixture(scope="module")
def sigstore() -> Iterator[People]:
    with rehearsal(issuer=ISSUER) as running:
        yield People(running)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[People]:
    with rehearsal(issuer=ISSUER) as running:
        yield People(running)


@pytest.fixture
def decided(product: Any, sigstore: People) -> Any:
    """One open issue, decided by a deviation that Ben approves by a bundle over the file."""
    product.edit("PUMP-7", state="open", resolution="", fix_commits=[])
    product.root.joinpath("risks.toml").write_text('[[risk]]\nid = "RMF-7"\n')
    product.policy |= {
        "risk-index": "risks.toml",
        "acceptance-criteria": "3",
        "deviation-bundles": [{"file": BUNDLE, "approver": BEN[1]}],
    }
    rows = [{"name": name, "id": id_, "identity": id_, "issuer": ISSUER} for name, id_ in (BEN, CLARA)]
    product.tables["people"] = {"person": [{**row, "roles": ["security"]} for row in rows]}
    product.verify = partial(_verify, own_root=lambda: sigstore.root, rehearsal=True)
    product.decide(product.result("ISSUE-08").findings[0])
    sign(product, sigstore)
    return product


def sign(product: Any, who: People, identity: str = BEN[1]) -> None:
    raw = write_deviations(product.root, product.deviations)
    (product.root / BUNDLE).write_bytes(who.sign(identity, raw))


def change(product: Any, **fields: Any) -> None:
    product.deviations = tuple(msgspec.structs.replace(d, **fields) for d in product.deviations)


def told(product: Any) -> tuple[Outcome, str]:
    result = product.later()["ISSUE-22"]
    return result.outcome, " | ".join([*(f.message for f in result.findings), *result.doubts])


def test_a_bundle_over_the_file_approves_its_entries(decided: Any) -> None:
    assert told(decided) == (Outcome.PASSED, "")
    assert "1 signed approvals" in decided.later()["ISSUE-22"].observed[0]


def test_the_file_is_read_as_the_loader_reads_it(decided: Any) -> None:
    assert entries_in(decided.root)[1] == decided.deviations


def test_an_entry_edited_after_the_approval(decided: Any) -> None:
    """ISSUE-22: an entry edited after the approval: a bundle over other bytes."""
    change(decided, justification="Another reason than the one that Ben read and signed.")
    write_deviations(decided.root, decided.deviations)

    outcome, why = told(decided)

    assert outcome is Outcome.FAILED
    assert f"{BUNDLE} does not approve deviations.toml as it stands" in why
    assert "has no signed approval of ben@example.org" in why


def test_one_byte_outside_the_entry_voids_the_bundle_too(decided: Any) -> None:
    with (decided.root / "deviations.toml").open("ab") as file:
        file.write(b"# a word more\n")

    assert told(decided)[0] is Outcome.FAILED


@pytest.mark.parametrize("identity", ["eve@example.org", CLARA[1]], ids=["a stranger", "another of the people"])
def test_a_bundle_by_another_identity(decided: Any, sigstore: People, identity: str) -> None:
    """ISSUE-22: a bundle by an identity that the policy does not name for it."""
    sign(decided, sigstore, identity)

    outcome, why = told(decided)

    assert outcome is Outcome.FAILED
    assert f"made by {identity}" in why


def test_a_bundle_of_another_instance(decided: Any, elsewhere: People) -> None:
    """ISSUE-22: the right name at the wrong Sigstore."""
    sign(decided, elsewhere)

    assert told(decided)[0] is Outcome.FAILED


def test_an_approver_without_an_identity_in_the_policy(decided: Any) -> None:
    """ISSUE-22: a bundle by an identity that nobody listed."""
    decided.tables["people"]["person"][0]["identity"] = ""

    outcome, why = told(decided)

    assert outcome is Outcome.FAILED
    assert "no identity and issuer in [people]" in why


def test_a_bundle_approves_for_its_own_approver_alone(decided: Any, sigstore: People) -> None:
    change(decided, approved_by=(Person(*CLARA),))
    sign(decided, sigstore)

    assert "has no signed approval of clara@example.org" in told(decided)[1]


def test_two_bundles_for_a_high_issue(decided: Any, sigstore: People) -> None:
    change(decided, severity=Level.HIGH, approved_by=(Person(*BEN), Person(*CLARA)))
    sign(decided, sigstore)
    assert told(decided)[0] is Outcome.FAILED

    raw = (decided.root / "deviations.toml").read_bytes()
    (decided.root / "clara.sigstore.json").write_bytes(sigstore.sign(CLARA[1], raw))
    decided.policy["deviation-bundles"].append({"file": "clara.sigstore.json", "approver": CLARA[1]})
    assert told(decided) == (Outcome.PASSED, "")


def gone(product: Any) -> None:
    (product.root / BUNDLE).unlink()


def no_door(product: Any) -> None:
    product.verify = None


def no_root(product: Any) -> None:
    product.verify = partial(_verify, own_root=lambda: b"{}", rehearsal=True)


def huge(product: Any) -> None:
    (product.root / BUNDLE).write_bytes(b" " * (4 * 1024 * 1024 + 1))


@pytest.mark.parametrize("spoil", [gone, no_door, no_root, huge])
def test_what_cannot_be_verified_approves_nothing(decided: Any, spoil: Any) -> None:
    spoil(decided)

    result = decided.later()["ISSUE-22"]

    assert result.outcome is Outcome.FAILED
    assert any(BUNDLE in doubt for doubt in result.doubts)


def test_only_a_rehearsal_takes_the_root_beside_the_bundle(decided: Any, elsewhere: People) -> None:
    sign(decided, elsewhere)
    root_beside(decided.root / BUNDLE).write_bytes(elsewhere.root)
    assert told(decided)[0] is Outcome.FAILED

    decided.mode = Mode.REHEARSAL
    assert told(decided) == (Outcome.PASSED, "")


# --- nobody approves their own change


def found_in(product: Any, sigstore: People, line: int = 2, path: str = "link.py") -> None:
    """A finding of the scanner at a line, decided by a deviation that Ben approves."""
    place = finding("CODE-03", "an example", key=("x",), where=Where(path, line), level=Level.MEDIUM)
    product.others = (*product.others, tool("CODE-03", place))
    product.deviations = (*product.deviations, deviation(place, id="DEV-2"))
    sign(product, sigstore)


def write(workspace: Any, text: str, who: tuple[str, str], message: str = "Change the link") -> str:
    workspace.write("link.py", text)
    workspace.git("add", "link.py")
    workspace.git("commit", "-q", "-m", message, who=who)
    return str(workspace.git("rev-parse", "HEAD"))


DORA = ("Dora Example", "dora@example.org")


@pytest.fixture
def written(decided: Any, workspace: Any) -> Any:
    """Dora wrote lines 1 and 2, Ben line 3."""
    write(workspace, "a = 1\nb = 2\n", DORA)
    write(workspace, "a = 1\nb = 2\nc = 3\n", BEN)
    return decided


def test_an_approver_of_another_persons_line(written: Any, sigstore: People) -> None:
    found_in(written, sigstore, line=2)

    assert told(written) == (Outcome.PASSED, "")


def test_the_approver_wrote_the_line(written: Any, sigstore: People) -> None:
    """ISSUE-22: the approver is the author of the affected change."""
    found_in(written, sigstore, line=3)

    outcome, why = told(written)

    assert outcome is Outcome.FAILED
    assert "DEV-2 is approved by ben@example.org, who wrote what it is about: link.py:3" in why


def test_a_finding_without_a_line_is_about_the_file(written: Any, sigstore: People) -> None:
    found_in(written, sigstore, line=0)

    assert told(written)[0] is Outcome.FAILED


def test_a_later_change_of_white_space_takes_nobodys_line(written: Any, sigstore: People, workspace: Any) -> None:
    write(workspace, "a = 1\nb = 2\nc  =  3\n", DORA)
    found_in(written, sigstore, line=3)

    assert told(written)[0] is Outcome.FAILED


@pytest.mark.parametrize(
    ("who", "row"),
    [
        (("B.", "b@home.example.org"), {"git": ["B@home.example.org"]}),
        (("ben example", "elsewhere@example.org"), {}),
    ],
    ids=["by an address of the people table", "by name"],
)
def test_the_approver_is_known_by_every_name(
    written: Any, sigstore: People, workspace: Any, who: tuple[str, str], row: dict[str, Any]
) -> None:
    written.tables["people"]["person"][0] |= row
    write(workspace, "a = 9\nb = 2\nc = 3\n", who)
    found_in(written, sigstore, line=1)

    assert told(written)[0] is Outcome.FAILED


def test_a_co_author_wrote_it_too(written: Any, sigstore: People, workspace: Any) -> None:
    write(workspace, "a = 9\nb = 2\nc = 3\n", DORA, "Change it\n\nCo-authored-by: Ben Example <ben@example.org>")
    found_in(written, sigstore, line=1)

    assert told(written)[0] is Outcome.FAILED


def test_the_commit_that_the_issue_names_counts(decided: Any, sigstore: People, workspace: Any) -> None:
    """ISSUE-22: the approver wrote the commit that the issue names."""
    decided.edit("PUMP-7", fix_commits=[write(workspace, "a = 1\n", BEN)])

    outcome, why = told(decided)

    assert outcome is Outcome.FAILED
    assert "of tracker#PUMP-7" in why


def test_the_author_by_another_name_is_the_author(decided: Any, sigstore: People) -> None:
    """ISSUE-22: approver equals author, under another of their addresses."""
    decided.tables["people"]["person"][0]["git"] = ["b@home.example.org"]
    change(decided, author=Person("B. E.", "b@home.example.org"))
    sign(decided, sigstore)

    assert "is approved by its own author" in told(decided)[1]


def test_a_cut_history_tells_nobody_who_wrote_what(
    written: Any, sigstore: People, workspace: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found_in(written, sigstore, line=2)
    clone = tmp_path_factory.mktemp("clone") / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{Path(workspace.root)}", str(clone)], check=True)
    for name in ("deviations.toml", BUNDLE, "risks.toml"):
        (clone / name).write_bytes((written.root / name).read_bytes())
    written.root = clone

    outcome, why = told(written)

    assert outcome is not Outcome.PASSED
    assert "is not known: shallow" in why


def test_where_the_file_was_not_read_nothing_is_assumed(written: Any, sigstore: People) -> None:
    found_in(written, sigstore, line=2)
    (written.root / "deviations.toml").unlink()

    outcome, why = told(written)

    assert outcome is Outcome.FAILED
    assert "git was not asked" in why

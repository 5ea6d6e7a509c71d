"""Approvals count only through their signature: by a person of the table, about one evidence set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from gatekeeper.dossier.approvals import Meaning, read_approvals, root_beside, statement_of
from gatekeeper.model.people import Member
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.rehearsal import Rehearsal, rehearsal
from gatekeeper.signing.signer import open_signer

ISSUER = "https://accounts.example.com"
MIO = Member(
    id="mio", name="Mio Example", organisation="Example Devices", roles=("security",),
    identity="mio@example.org", issuer=ISSUER,
)  # fmt: skip
REN = msgspec.structs.replace(MIO, id="ren", name="Ren Example", identity="ren@example.org")
MEANING = Meaning(role="security", meaning="release", product="pump", version="1.0")
SET = "ab" * 32


@pytest.fixture
def place() -> Iterator[Rehearsal]:
    with rehearsal(issuer=ISSUER) as running:
        yield running


def signed(place: Rehearsal, payload: bytes, who: Member = MIO) -> bytes:
    claims = {"iss": ISSUER, "sub": who.identity, "email": who.identity, "email_verified": True}
    expected = Expected(identity=who.identity, issuer=who.issuer)
    with open_signer(place.instance, place.credential_for(claims), expected) as signer:
        bundle, _ = signer.sign_statement(payload)
    return bundle


def approvals_of(folder: Path, place: Rehearsal, *members: Member) -> list[str]:
    found = read_approvals(folder, members, place.trusted_root, rehearsal=True)
    return [a.problem or f"{a.identity} {a.role} {a.meaning} {a.evidence_set[:4]} {a.revoked}" for a in found]


def test_a_signed_approval_is_read_with_its_signer_and_time(tmp_path: Path, place: Rehearsal) -> None:
    (tmp_path / "a.sigstore.json").write_bytes(signed(place, statement_of(SET, MEANING)))

    (approval,) = read_approvals(tmp_path, [REN, MIO], place.trusted_root, rehearsal=True)

    assert (approval.identity, approval.issuer, approval.role) == (MIO.identity, ISSUER, "security")
    assert approval.evidence_set == SET
    assert approval.signed
    assert approval.problem == ""


def test_no_folder_no_approvals(tmp_path: Path, place: Rehearsal) -> None:
    assert approvals_of(tmp_path / "nowhere", place, MIO) == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda b: b[:-20], id="PEOPLE-04: cut short"),
        pytest.param(lambda b: b.replace(b"payloadType", b"payloadTypo"), id="PEOPLE-04: another form"),
        pytest.param(lambda _: b"Approved. Mio Example", id="PEOPLE-04: an unsigned name in a file"),
        pytest.param(lambda _: b"", id="PEOPLE-04: empty"),
    ],
)
def test_what_does_not_verify_stays_with_its_problem(
    tmp_path: Path, place: Rehearsal, change: Callable[[bytes], bytes]
) -> None:
    bundle = signed(place, statement_of(SET, MEANING))
    (tmp_path / "a.sigstore.json").write_bytes(change(bundle))

    (approval,) = read_approvals(tmp_path, [MIO], place.trusted_root, rehearsal=True)

    assert approval.problem
    assert approval.evidence_set == ""


def test_a_stranger_to_the_table_is_no_approver(tmp_path: Path, place: Rehearsal) -> None:
    """PEOPLE-03: an approver not in the table."""
    (tmp_path / "a.sigstore.json").write_bytes(signed(place, statement_of(SET, MEANING), REN))

    assert approvals_of(tmp_path, place, MIO) == ["signed by nobody whom the [people] table names"]
    assert approvals_of(tmp_path, place) == ["signed by nobody whom the [people] table names"]


def test_a_statement_about_something_else_is_no_approval(tmp_path: Path, place: Rehearsal) -> None:
    payload = statement_of(SET, MEANING).replace(b"evidence-set", b"pump-1.0.whl")
    (tmp_path / "a.sigstore.json").write_bytes(signed(place, payload))
    (tmp_path / "b.sigstore.json").write_bytes(signed(place, payload.replace(b"approval:1", b"record:1")))

    assert all("approval" in p or "statement" in p for p in approvals_of(tmp_path, place, MIO))


def test_a_revocation_says_so(tmp_path: Path, place: Rehearsal) -> None:
    meaning = msgspec.structs.replace(MEANING, revokes=True)
    (tmp_path / "a.sigstore.json").write_bytes(signed(place, statement_of(SET, meaning)))

    assert approvals_of(tmp_path, place, MIO) == ["mio@example.org security release abab True"]


def test_a_rehearsed_approval_counts_in_a_rehearsal_only(tmp_path: Path, place: Rehearsal) -> None:
    bundle = tmp_path / "a.sigstore.json"
    bundle.write_bytes(signed(place, statement_of(SET, MEANING)))
    root_beside(bundle).write_bytes(place.trusted_root)

    (rehearsed,) = read_approvals(tmp_path, [MIO], b"no root", rehearsal=True)
    (real,) = read_approvals(tmp_path, [MIO], place.trusted_root)

    assert rehearsed.problem == ""
    assert "rehearsal" in real.problem


@pytest.mark.parametrize("root", [None, b"", b"{}"])
def test_a_rehearsed_approval_without_a_usable_root_is_named(tmp_path: Path, root: bytes | None) -> None:
    """PEOPLE-04: one junk file does not hide the others behind a fault of the trust root."""
    (tmp_path / "a.sigstore.json").write_bytes(b"{}")
    if root is not None:
        (tmp_path / "a.root.json").write_bytes(root)

    (approval,) = read_approvals(tmp_path, [MIO], b"", rehearsal=True)

    assert approval.file == "a.sigstore.json"
    assert approval.problem
    assert not approval.evidence_set

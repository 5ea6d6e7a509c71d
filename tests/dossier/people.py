"""People who approve in tests, and what `gatekeeper approve` leaves of them."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.dossier.approvals import SUFFIX, Meaning, root_beside, statement_of
from gatekeeper.model.people import Member
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.rehearsal import Rehearsal
from gatekeeper.signing.signer import open_signer

PEOPLE_ISSUER = "https://accounts.example.com"
MEANING = Meaning(role="security", meaning="release", product="pump", version="2.3.1")


def member(name: str) -> Member:
    return Member(
        id=name, name=f"{name.title()} Example", organisation="Example Devices", roles=("security",),
        identity=f"{name}@example.org", issuer=PEOPLE_ISSUER,
    )  # fmt: skip


MIO, REN = member("mio"), member("ren")


def put_approval(folder: Path, place: Rehearsal, who: Member, evidence_set: str) -> Path:
    """The signed file of one person about one evidence set, on an instance that vouches for this person."""
    claims = {"iss": who.issuer, "sub": who.identity, "email": who.identity, "email_verified": True}
    expected = Expected(identity=who.identity, issuer=who.issuer)
    before, place.services.tokens.issuer = place.services.tokens.issuer, who.issuer
    with open_signer(place.instance, place.credential_for(claims), expected) as signer:
        bundle, _ = signer.sign_statement(statement_of(evidence_set, MEANING))
    place.services.tokens.issuer = before
    folder.mkdir(exist_ok=True)
    file = folder / f"{who.id}{SUFFIX}"
    file.write_bytes(bundle)
    return file


def put_rehearsed(folder: Path, place: Rehearsal, who: Member, evidence_set: str) -> None:
    """The same of a rehearsal: the throw-away root lies beside it."""
    root_beside(put_approval(folder, place, who, evidence_set)).write_bytes(place.trusted_root)

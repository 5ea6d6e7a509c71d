"""KEY-01, 04 and 06: how the keys that sign are held, and who says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec

from gatekeeper.model.approval import Approval, taken_back
from gatekeeper.model.check import Case, SignedFile
from gatekeeper.model.finding import Judgement, Where, finding, judged, not_applicable, undecided
from gatekeeper.model.people import Member
from gatekeeper.model.words import Mode

CUSTODIAN = "key-custodian"
MEANING = "key-procedure"
_REFERENCE = re.compile(r"(?:pkcs11|awskms|gcpkms|azurekms|hashivault|kms)[:/]\S+")
_SECRET = re.compile(r"(?:pin-value|pin-source|password|passwd|secret|token-pin)=", re.IGNORECASE)
Text = Annotated[str, msgspec.Meta(pattern=r"\S")]


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The managed key that signs in place of short-lived certificates: where it is, who keeps it, when it changes."""

    reference: str  # where it is, such as a PKCS#11 URI without a PIN; never the key itself
    custodian: str = ""  # id of the [people] table
    next_rotation: date | None = None  # the day by which another key signs
    public_sha256: str = ""  # of the public key (DER)
    logged: bool = True  # false: in no transparency log; a timestamp alone proves the time


class Procedure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The written procedure by which keys and identities for signing are protected."""

    id: Text
    revision: Text


class Signer(msgspec.Struct, frozen=True):
    """Whom the policy expects to sign, with the version filled in."""

    identity: str = ""
    issuer: str = ""


def short_lived(expected: Signer, key: Key | None, case: Case) -> Judgement:
    """KEY-01: a short-lived certificate of the expected workflow, good under the trusted root."""
    if not case.signatures:
        return undecided("KEY-01", case.sealing.outage or "nothing is signed yet")
    minutes = case.default("certificate_max_validity_minutes")
    findings = [
        finding("KEY-01", f"{s.name}: {fault}", key=(s.name, fault), where=Where(s.name))
        for s in case.signatures
        for fault in _certificate_faults(s, expected, key, minutes, case)
    ]
    doubts = [f"{s.name}: {s.doubt}" for s in case.signatures if s.doubt]
    kinds = ", ".join(sorted({s.key for s in case.signatures}))
    return judged(
        "KEY-01", f"{len(case.signatures)} signatures, {kinds}; certificates of at most {minutes} min", findings, doubts
    )


def _certificate_faults(
    signed: SignedFile, expected: Signer, key: Key | None, minutes: int, case: Case
) -> Iterator[str]:
    if signed.fault:
        yield f"its certificate or signature is not good: {signed.fault}"
        return
    if signed.key != "keyless":
        if key is None:
            yield f"it was signed with a key of kind {signed.key}, and the policy names none"
        elif signed.identity != f"sha256:{key.public_sha256}":
            yield f"it was signed with the key {signed.identity or 'of nobody'}, the policy pins {key.public_sha256}"
        return
    start, end = _moment(signed.not_before), _moment(signed.not_after)
    if start is None or end is None:
        yield "its certificate does not say how long it is valid"
    elif not timedelta() < end - start <= timedelta(minutes=minutes):
        yield f"its certificate is valid from {signed.not_before} to {signed.not_after}"
    as_expected = bool(expected.identity) and (signed.identity, signed.issuer) == (expected.identity, expected.issuer)
    if case.mode is not Mode.REHEARSAL and not as_expected:
        yield f"it was signed by {signed.identity or 'nobody'}, the policy expects {expected.identity or 'nobody'}"


def protected(key: Key | None, people: tuple[Member, ...], case: Case) -> Judgement:
    """KEY-04: a managed key is held by reference, with a custodian and a day on which it is changed."""
    if key is None:
        return not_applicable("KEY-04", "signing is keyless: the policy names no key")
    place = Where("gatekeeper.toml", pointer="private-keys.key")
    findings = [
        finding("KEY-04", fault, key=(fault,), where=place) for fault in _key_faults(key, people, case.now.date())
    ]
    scheme = key.reference.partition(":")[0]
    log = "" if key.logged else "; no log: by policy its signatures are entered in none, a timestamp proves their time"
    seen = f"a {scheme} reference, kept by {key.custodian}, changed by {key.next_rotation}{log}"
    return judged("KEY-04", seen, findings)


def _key_faults(key: Key, people: tuple[Member, ...], today: date) -> Iterator[str]:
    if not _REFERENCE.fullmatch(key.reference):
        yield "the key is no reference into a KMS or HSM (pkcs11:, awskms:, gcpkms:, azurekms:, hashivault:)"
    if _SECRET.search(key.reference):
        yield "the reference to the key holds a password or PIN"
    if key.custodian not in {m.id for m in people if CUSTODIAN in m.roles}:
        yield f"{key.custodian or 'nobody'} has the role {CUSTODIAN} in the roles table"
    if key.next_rotation is None or key.next_rotation < today:
        yield f"the key was to be changed by {key.next_rotation or 'no date'}"
    if not re.fullmatch("[0-9a-f]{64}", key.public_sha256):
        yield "the digest of the public key is not on record (public-sha256)"


def attested(procedure: Procedure | None, people: tuple[Member, ...], case: Case) -> Judgement:
    """KEY-06: the custodian signed that the procedure was followed for this release."""
    if procedure is None:
        place = Where("gatekeeper.toml", pointer="private-keys.procedure")
        missing = finding("KEY-06", "no procedure for signing keys is named", key=("procedure",), where=place)
        return judged("KEY-06", "", [missing])
    meant = [a for a in case.approvals if a.meaning == MEANING]
    faults = [fault for a in meant if (fault := _statement_fault(a, people, case))]
    good = [a for a in meant if not _statement_fault(a, people, case)]
    if good:
        return judged(
            "KEY-06", f"procedure {procedure.id} revision {procedure.revision}: {good[0].identity}, {good[0].signed}"
        )
    told = faults[0] if faults else f"no {CUSTODIAN} signed that {procedure.id} was followed"
    remedy = f"gatekeeper approve --role {CUSTODIAN} --meaning {MEANING}"
    return judged("KEY-06", "", [finding("KEY-06", told, key=("statement", told), remedy=remedy)])


def _statement_fault(statement: Approval, people: tuple[Member, ...], case: Case) -> str:
    if statement.problem:
        return f"{statement.file}: {statement.problem}"
    known = {(m.identity, m.issuer) for m in people if CUSTODIAN in m.roles and m.identity}
    if statement.role != CUSTODIAN or (statement.identity, statement.issuer) not in known:
        return f"{statement.identity or 'nobody'} is no {CUSTODIAN} of the roles table"
    if statement.evidence_set != case.evidence_set or not case.evidence_set:
        return "the statement on the key procedure is for other evidence"
    if taken_back(statement, case.approvals):
        return "the statement on the key procedure was revoked"
    signed = _moment(statement.signed)
    days = case.default("attestation_max_age_days")
    if signed is None or not timedelta() <= case.now - signed + timedelta(minutes=5) <= timedelta(days=days, minutes=5):
        return f"the statement on the key procedure was signed at {statement.signed or 'no time'}"
    return ""


def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else None

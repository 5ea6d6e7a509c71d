"""Where a person signs an approval: the Sigstore of the policy with the person's own identity, or a rehearsed one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gatekeeper.checks._signing.params import Params
from gatekeeper.dossier.desk import Desk, pinned_instance
from gatekeeper.model.errors import EvidenceError
from gatekeeper.model.people import Member
from gatekeeper.signing.identity import Expected
from gatekeeper.signing.rehearsal import rehearsal
from gatekeeper.signing.signer import open_signer


@contextmanager
def approver_desk(member: Member, root: Path, params: Params | None) -> Iterator[Desk]:
    """Sign as this person with the token in SIGSTORE_ID_TOKEN, as `sigstore get-identity-token` prints it.

    Raises EvidenceError where the policy names no Sigstore, CredentialError where there is no token.
    """
    from gatekeeper.signing.credential import ambient

    if params is None:
        raise EvidenceError("the policy has no [signing] table", "Add it: it names the Sigstore to sign with.")
    instance = pinned_instance(root, params)
    expected = _expected(member)
    with open_signer(instance, ambient, expected) as signer:
        yield Desk(signer, expected, instance, rehearsal=False)


@contextmanager
def rehearsed_approver(member: Member) -> Iterator[Desk]:
    """Sign as this person with a throw-away Sigstore."""
    claims = {"iss": member.issuer, "sub": member.identity, "email": member.identity, "email_verified": "true"}
    expected = _expected(member)
    with rehearsal(issuer=member.issuer) as running:
        credential = running.credential_for(claims)
        with open_signer(running.instance, credential, expected) as signer:
            yield Desk(signer, expected, running.instance, rehearsal=True)


def _expected(member: Member) -> Expected:
    return Expected(identity=member.identity, issuer=member.issuer)

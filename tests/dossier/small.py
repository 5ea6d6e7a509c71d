"""The smallest product whose dossiers hold every kind of file: few rules and one clause, out of those that are shipped.

What is judged is the same; there is only less of it. A release that a key signs has what a rehearsal has not:
statements for others, VEX, the public key, the job's own signature beside the key's, deviations, and an approval.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper import gate
from gatekeeper.dossier import layout
from gatekeeper.dossier.approvals import read_approvals
from gatekeeper.dossier.desk import Desk, Pipeline
from gatekeeper.dossier.kept_approvals import files_of
from gatekeeper.dossier.receiver import Receiver
from gatekeeper.dossier.seal import Order, seal
from gatekeeper.model.record import PolicyRow
from gatekeeper.model.rule import Rulebook
from gatekeeper.model.words import Decision, Mode, Phase
from gatekeeper.policy.rulebook import parse, shipped
from gatekeeper.signing.identity import Expected, ExpectedKey
from gatekeeper.signing.limits import Limits
from gatekeeper.signing.rehearsal import Rehearsal
from gatekeeper.signing.signer import open_signer
from gatekeeper.signing.token_signer import TokenSigner
from tests.dossier.people import MIO, put_approval
from tests.dossier.private import CLAIMS, ISSUER, place_trust, private_sigstore
from tests.dossier.product import CHECKS, IDENTITY, Product
from tests.signing.key_in_memory import KeyInMemory

RULES = ("CHAIN-09", "CHAIN-10", "GATE-08", "KEY-03")  # about the record, for its receipt
CLAUSE = "5.8.4"


@dataclass(frozen=True)
class Sealed:
    """A dossier, and a receiver who believes whom he should."""

    folder: Path
    receiver: Receiver


def rules() -> bytes:
    """The rules of the checks at hand alone, each as shipped but for what makes it fail."""
    head, *blocks = _plain(shipped("rules.toml")).split("[[rule]]\n")
    kept = {*RULES, *(rule for check in CHECKS.values() for rule in check.rules)}
    wanted = [re.sub(r"(?s)(bad_input|inputs) = \[.*?\n?\]\n", r"\1 = []\n", b) for b in blocks if _id(b) in kept]
    return "[[rule]]\n".join((_profiles(_only(kept, head)), *wanted)).encode()


def catalogue() -> bytes:
    """One clause of the catalogue."""
    head, *blocks = _plain(shipped("catalogue.toml")).split("[[clause]]\n")
    kept = {*RULES, *(rule for check in CHECKS.values() for rule in check.rules)}
    head = re.sub(r"(?s)caveats = \[.*?\n\]\n", "caveats = []\n", head)
    return "[[clause]]\n".join((head, *(_only(kept, b) for b in blocks if _id(b) == CLAUSE))).encode()


def _plain(raw: bytes) -> str:
    return re.sub(r"(?m)^#.*\n|^\n", "", raw.decode())


def _id(block: str) -> str:
    return block.partition('id = "')[2].partition('"')[0]


def _profiles(head: str) -> str:
    """The default profile alone."""
    first, *profiles = head.split("[[profile]]\n")
    return "[[profile]]\n".join((first, *(p for p in profiles if _id(p) == "iec")))


def _only(kept: set[str], text: str) -> str:
    """Without the rules that are not there."""
    return re.sub(r'"([A-Z]+-\d\d)",?\s*', lambda m: m[0] if m[1] in kept else "", text)


class Small(Product):
    """A product under those few rules."""

    @property
    def book(self) -> Rulebook:
        return parse(catalogue(), rules())

    def row(self) -> PolicyRow:
        book = self.book
        return msgspec.structs.replace(
            super().row(), catalogue_sha256=book.catalogue_sha256, rules_sha256=book.rules_sha256
        )

    def order(self, target: Path, **more: Any) -> Order:
        made = super().order(target, **more)
        files = {**made.kept_files, layout.CATALOGUE_FILE: catalogue(), layout.RULES_FILE: rules()}
        return replace(made, kept_files=files)


def rehearsed(place: Path) -> Sealed:
    """The dossier of a rehearsal, every bundle of it by a certificate."""
    seal(Small.make(place / "product").order(place / "dossier"))
    return Sealed(place / "dossier", Receiver(rehearsal=True))


def by_key(place: Path) -> Sealed:
    """The dossier of a release that a key signed, and the job beside it, on a private Sigstore."""
    with private_sigstore() as running:
        running.services.tokens.issuer = ISSUER
        made = Small.make(place / "product")
        place_trust(made.root, running)
        (made.root / "deviations.toml").write_text("schema = 1\n")
        product = replace(made, mode=Mode.CI)
        key: Any = KeyInMemory()
        order = _approved(product.order(place / "dossier"), running, place / "approvals")
        with _desk(running, key) as desk:
            record = seal(replace(order, open_desk=lambda: nullcontext(desk)))
    assert record.decision is Decision.RELEASE, record.reasons
    return Sealed(place / "dossier", Receiver(key=key.pem, identity=IDENTITY, issuer=ISSUER))


def _approved(order: Order, running: Rehearsal, folder: Path) -> Order:
    """The same, approved by a person with an identity of her own."""
    put_approval(folder, running, MIO, gate.judge(order.gathered, Phase.ON_APPROVALS).case.evidence_set)
    found = read_approvals(folder, (MIO,), running.trusted_root)
    return replace(order, approvals=found, kept_files={**order.kept_files, **files_of(folder, found)})


@contextmanager
def _desk(running: Rehearsal, key: Any) -> Iterator[Desk]:
    signer = TokenSigner(key, ExpectedKey(key.pem), running.instance, Limits())
    job = Expected(identity=IDENTITY, issuer=ISSUER)
    with open_signer(running.instance, running.credential_for(CLAIMS), job) as beside:
        yield Desk(signer, signer.expected, running.instance, rehearsal=False, pipeline=Pipeline(beside, job))
    signer.close()

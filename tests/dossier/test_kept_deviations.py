"""Who approved the deviations by bundle is proven by those bundles in the dossier, whatever the job says of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper import gate
from gatekeeper.checks._security_issues.approvals import Approved, Colleague
from gatekeeper.checks._security_issues.bundles import DeviationBundle, in_bundles, root_beside
from gatekeeper.cli.situation import _verify
from gatekeeper.dossier import kept_deviations, layout
from gatekeeper.dossier import seal as seal_module
from gatekeeper.dossier.order import order_of
from gatekeeper.dossier.receiver import Receiver
from gatekeeper.dossier.resume import resumed
from gatekeeper.dossier.seal import Order, seal
from gatekeeper.dossier.verify import REFUSED, RELEASED, UNDECIDED, verify_dossier
from gatekeeper.model.check import AnyCheck, Check, Context, UserCheck
from gatekeeper.model.errors import EvidenceError, NotAuthenticError, OutageError
from gatekeeper.model.finding import judged
from gatekeeper.model.people import Member
from gatekeeper.model.words import Decision, Mode
from gatekeeper.signing.identity import Expected, ExpectedKey
from gatekeeper.signing.limits import Limits
from gatekeeper.signing.rehearsal import Rehearsal, rehearsal
from gatekeeper.signing.signer import open_signer
from gatekeeper.signing.token_signer import TokenSigner
from tests.dossier import product as products
from tests.dossier.people import MIO, PEOPLE_ISSUER, REN
from tests.dossier.private import ISSUER, place_trust, private_sigstore
from tests.dossier.product import POLICY, Product
from tests.signing.key_in_memory import KeyInMemory

DEVIATIONS = """schema = 1
[[deviation]]
id = "DEV-2026-001"
rule = "CODE-01"
finding = "0123456789abcdef"
severity = "low"
author = { name = "Ren Example", id = "ren" }
justification = "An example of a reason, long enough to be one."
risk-ref = "RMF-7"
approved-by = [{ name = "Mio Example", id = "mio" }]
approved-on = 2026-11-01
valid-from = 2026-11-01
expires = 2026-12-01
decision = "accept"
releases = ["2.3.1"]
"""
ANY_REHEARSAL = Receiver(rehearsal=True)
FILES = {MIO.id: "quality/mio.sigstore.json", REN.id: "mio.sigstore.json"}  # the same name twice


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    deviation_bundles: tuple[DeviationBundle, ...] = ()


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    person: tuple[Member, ...] = ()


class Seen(msgspec.Struct, frozen=True):
    approvals: tuple[Approved, ...]


def _collect(context: Context, params: Params) -> Seen:
    people = [Colleague(id=who.id, identity=who.identity, issuer=who.issuer) for who in (MIO, REN)]
    found = in_bundles(context, params.deviation_bundles, people)
    assert not found.spoilt, found.spoilt
    return Seen(found.approvals)


ISSUES: AnyCheck = Check(
    "security-issues", ("ISSUE-08",), Params, Seen, _collect, lambda *_: [judged("ISSUE-08", "1 deviation")]
)
PEOPLE: AnyCheck = Check(
    "people", ("PEOPLE-01",), People, str, lambda *_: "", lambda *_: [judged("PEOPLE-01", "2 people")]
)
CHECKS: Mapping[str, AnyCheck] = {**products.CHECKS, ISSUES.id: ISSUES, PEOPLE.id: PEOPLE}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The users' check starts four processes, and has tests of its own."""
    trials = tuple(UserCheck("sha256sum -c SHA256SUMS", changed=c, accepted=not c) for c in (False, True))
    trials += tuple(UserCheck("gatekeeper verify", changed=c, accepted=not c) for c in (False, True))
    monkeypatch.setattr(seal_module, "try_users_check", lambda *_, **__: trials)
    monkeypatch.setattr(products, "CHECKS", CHECKS)


@pytest.fixture(scope="module")
def place() -> Iterator[Rehearsal]:
    with rehearsal(issuer=PEOPLE_ISSUER) as running:
        yield running


def policy(*people: Member) -> str:
    bundles = "".join(
        f"[[security-issues.deviation-bundles]]\nfile = '{FILES[w.id]}'\napprover = '{w.id}'\n" for w in people
    )
    persons = "".join(
        f"[[people.person]]\nid = '{w.id}'\nname = '{w.name}'\norganisation = 'x'\nroles = ['security']\n"
        f"identity = '{w.identity}'\nissuer = '{w.issuer}'\n"
        for w in (MIO, REN)
    )
    return f"{POLICY}\n[security-issues]\n{bundles}{persons}"


def approve(root: Path, place: Rehearsal, who: Member, raw: bytes, *, own_root: bool) -> None:
    """What `gatekeeper deviation sign` leaves."""
    claims = {"iss": who.issuer, "sub": who.identity, "email": who.identity, "email_verified": True}
    expected = Expected(identity=who.identity, issuer=who.issuer)
    before, place.services.tokens.issuer = place.services.tokens.issuer, who.issuer
    with open_signer(place.instance, place.credential_for(claims), expected) as signer:
        bundle = signer.sign_digest(hashlib.sha256(raw).digest())[0]
    place.services.tokens.issuer = before
    file = root / FILES[who.id]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(bundle)
    if own_root:
        root_beside(file).write_bytes(place.trusted_root)


def approved(folder: Path, place: Rehearsal, *people: Member, own_root: bool = True) -> Product:
    product = Product.make(folder / "product", policy=policy(*people))
    (product.root / "deviations.toml").write_text(DEVIATIONS)
    for who in people:
        approve(product.root, place, who, DEVIATIONS.encode(), own_root=own_root)
    return product


def order(product: Product, target: Path, root: bytes = b"") -> Order:
    real = product.mode is not Mode.REHEARSAL
    context = product.context(verify=partial(_verify, own_root=lambda: root, rehearsal=not real))
    gathered = gate.gather(product.policy(), context, CHECKS)
    return order_of(gathered, context, product.policy_path, product.row(), target)


@pytest.fixture
def rehearsed(tmp_path: Path, place: Rehearsal) -> Order:
    """An order for a rehearsal whose deviations two people signed."""
    return order(approved(tmp_path, place, MIO, REN), tmp_path / "dossier")


def step(target: Path, receiver: Receiver = ANY_REHEARSAL) -> tuple[int, str]:
    """The exit code, and what the step on deviations said or found."""
    found = verify_dossier(target, receiver, lambda: CHECKS)
    (one,) = [s for s in found.steps if s.what == "deviations"]
    return found.code, one.said or one.fault or one.doubt


def test_the_bundles_are_kept_and_proven(rehearsed: Order) -> None:
    record = seal(rehearsed)

    assert record.decision is Decision.RELEASE, record.reasons
    assert step(rehearsed.target) == (RELEASED, "policy/deviations.toml as it is, by mio, ren")
    kept = {name for name in rehearsed.kept_files if name.startswith("deviations/")}
    assert kept == {f"deviations/{n}.{kind}.json" for n in (1, 2) for kind in ("sigstore", "root")}


def test_where_nobody_signed_nothing_is_kept(tmp_path: Path, place: Rehearsal) -> None:
    made = order(approved(tmp_path, place), tmp_path / "dossier")
    seal(made)

    assert step(made.target) == (RELEASED, "no bundle over them")
    assert not (made.target / layout.DEVIATION_BUNDLES).exists()


def test_a_rehearsal_says_what_it_cannot_prove(tmp_path: Path, place: Rehearsal) -> None:
    """A bundle of a real instance, whose root no rehearsal holds."""
    made = order(approved(tmp_path, place, MIO, own_root=False), tmp_path / "dossier", place.trusted_root)
    seal(made)

    assert step(made.target) == (RELEASED, "1 bundles, 0 under a root that this rehearsal holds")


def told(made: Order, change: Callable[[dict[str, Any]], None]) -> Order:
    """The same order, with evidence on issues that says something else."""
    stored = []
    for each in made.gathered.stored:
        if each.check == ISSUES.id:
            seen = msgspec.json.decode(each.evidence)
            change(seen)
            stored.append(msgspec.structs.replace(each, evidence=msgspec.Raw(msgspec.json.encode(seen))))
        else:
            stored.append(each)
    return replace(made, gathered=replace(made.gathered, stored=tuple(stored)))


def swapped(made: Order) -> Order:
    one, two = layout.deviation_bundle(1), layout.deviation_bundle(2)
    return replace(made, kept_files={**made.kept_files, one: made.kept_files[two], two: made.kept_files[one]})


def digests_swapped(seen: dict[str, Any]) -> None:
    one, two = seen["approvals"]
    one["bundle_sha256"], two["bundle_sha256"] = two["bundle_sha256"], one["bundle_sha256"]


def without(name: str) -> Callable[[Order], Order]:
    return lambda made: replace(made, kept_files={n: raw for n, raw in made.kept_files.items() if n != name})


def with_file(name: str) -> Callable[[Order], Order]:
    return lambda made: replace(made, kept_files={**made.kept_files, name: b"{}"})


FORGED: dict[str, Callable[[Order], Order]] = {
    "another person": lambda made: told(made, lambda seen: seen["approvals"][0].update(signer="ren")),
    "a stranger": lambda made: told(made, lambda seen: seen["approvals"][0].update(signer="eve")),
    "an approval without a file": lambda made: told(
        made, lambda seen: seen["approvals"].append({**seen["approvals"][0], "bundle": "x", "signer": "eve"})
    ),
    "no file": without(layout.deviation_bundle(2)),
    "no root": without(layout.deviation_root(2)),
    "a file without an approval": with_file("deviations/3.sigstore.json"),
    "one for the other": swapped,
    "one for the other, digests too": lambda made: swapped(told(made, digests_swapped)),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_job_cannot_claim_what_was_not_signed(rehearsed: Order, what: str) -> None:
    """The job signs record and list itself, so every other digest of the dossier is right."""
    seal(FORGED[what](rehearsed))

    code, said = step(rehearsed.target)
    assert code == REFUSED
    assert "as it is" not in said


@pytest.mark.parametrize("raw", [b"\xff", b"[people", b"", b"a = " + b"[" * 5000])
def test_a_policy_that_names_nobody_proves_nobody(rehearsed: Order, raw: bytes) -> None:
    seal(rehearsed)
    (rehearsed.target / layout.POLICY_FILE).write_bytes(raw)

    assert step(rehearsed.target)[1].startswith(("policy/gatekeeper.toml is not TOML", "mio approved deviations, but"))


def test_a_file_that_changes_after_it_was_verified_is_not_kept(rehearsed: Order, tmp_path: Path) -> None:
    root, stored = tmp_path / "product", rehearsed.gathered.stored
    (root / FILES[REN.id]).write_bytes(b"{}")
    with pytest.raises(EvidenceError, match="changed while the gate ran"):
        kept_deviations.files_of(root, stored)
    (root / FILES[REN.id]).unlink()
    with pytest.raises(EvidenceError, match="cannot be read again"):
        kept_deviations.files_of(root, stored)


class TestResume:
    def sealed(self, made: Order) -> Order:
        def closed() -> Any:
            raise OutageError("the service is not there")

        assert seal(replace(made, open_desk=closed)).stage == "unsigned"
        return made

    def again(self, made: Order) -> Order:
        product = Product(made.target.parent / "product")
        return resumed(made.target, product.context(), product.row(), CHECKS)

    def test_the_same_bundles_go_along(self, rehearsed: Order) -> None:
        record = seal(self.again(self.sealed(rehearsed)))

        assert record.decision is Decision.RELEASE, record.reasons
        assert step(rehearsed.target)[1] == "policy/deviations.toml as it is, by mio, ren"

    def test_one_that_somebody_wrote_into_the_evidence_is_refused(self, rehearsed: Order) -> None:
        self.sealed(FORGED["another person"](rehearsed))
        with pytest.raises(NotAuthenticError):
            self.again(rehearsed)


class TestRelease:
    """In a real release bundles verify under the one root that the receiver believes."""

    @pytest.fixture
    def released(self, tmp_path: Path) -> tuple[Path, Receiver]:
        with private_sigstore() as running:
            running.services.tokens.issuer = ISSUER
            made = approved(tmp_path, running, MIO, own_root=False)
            place_trust(made.root, running)
            product = replace(made, mode=Mode.CI)
            key: Any = KeyInMemory()
            with _desk(running, key) as desk:
                placed = order(product, tmp_path / "dossier", running.trusted_root)
                record = seal(replace(placed, open_desk=lambda: nullcontext(desk)))
        assert record.decision is Decision.RELEASE, record.reasons
        return tmp_path / "dossier", Receiver(key=key.pem)

    def test_it_tells_who_approved(self, released: tuple[Path, Receiver]) -> None:
        assert step(*released) == (RELEASED, "policy/deviations.toml as it is, by mio")

    def test_under_another_root_it_does_not_hold(self, released: tuple[Path, Receiver], place: Rehearsal) -> None:
        folder, receiver = released
        with private_sigstore() as other:
            code, _ = step(folder, replace(receiver, trusted_root=other.trusted_root))
        assert code in (REFUSED, UNDECIDED)


@contextmanager
def _desk(running: Rehearsal, key: Any) -> Iterator[Any]:
    from gatekeeper.dossier.desk import Desk

    signer = TokenSigner(key, ExpectedKey(key.pem), running.instance, Limits())
    yield Desk(signer, signer.expected, running.instance, rehearsal=False)
    signer.close()

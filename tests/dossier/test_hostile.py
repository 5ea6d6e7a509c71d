"""What somebody tries who knows how dossiers are made: each attempt ends in a judgement, and none of them in a pass."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.dossier import layout
from gatekeeper.dossier.receiver import Receiver, read_receiver
from gatekeeper.dossier.verify import REFUSED, RELEASED, UNDECIDED, Verification, verify_dossier
from gatekeeper.model.errors import PolicyError
from gatekeeper.model.record import from_bytes, statement, to_bytes
from gatekeeper.signing.rehearsal import rehearsal
from tests.dossier.private import private_sigstore
from tests.dossier.product import CHECKS, IDENTITY
from tests.dossier.small import Sealed, by_key, rehearsed
from tests.dossier.test_tamper import resum
from tests.fuzz.mutations import leaves

ISSUER = "https://rehearsal.invalid"
REHEARSAL = Receiver(rehearsal=True)
ALL_KINDS = ("rehearsal", "key")


def verified(folder: Path, receiver: Receiver = REHEARSAL) -> Verification:
    return verify_dossier(folder, receiver, lambda: CHECKS)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sealed]:
    place = tmp_path_factory.mktemp("hostile")
    return {"rehearsal": rehearsed(place / "rehearsal"), "key": by_key(place / "key")}


@pytest.fixture
def of_key(originals: dict[str, Sealed], tmp_path: Path) -> Sealed:
    original = originals["key"]
    return Sealed(Path(shutil.copytree(original.folder, tmp_path / "of-key")), original.receiver)


class TestRecord:
    """One that is canonical and listed, and tells something else than what was signed."""

    @pytest.fixture(params=ALL_KINDS)
    def mine(self, request: pytest.FixtureRequest, originals: dict[str, Sealed], tmp_path: Path) -> Sealed:
        original = originals[request.param]
        return Sealed(Path(shutil.copytree(original.folder, tmp_path / "d")), original.receiver)

    def rewritten(self, sealed: Sealed, change: Callable[[Any], object]) -> Verification:
        tree = json.loads((sealed.folder / layout.RECORD).read_bytes())
        change(tree["predicate"])
        raw = to_bytes(statement(from_bytes(json.dumps(tree).encode()).predicate))
        (sealed.folder / layout.RECORD).write_bytes(raw)
        resum(sealed.folder)
        return verified(sealed.folder, sealed.receiver)

    def test_a_digest_that_is_none(self, mine: Sealed) -> None:
        assert self.rewritten(mine, lambda r: r["artifacts"][0].update(sha256="x")).code == REFUSED

    @pytest.mark.parametrize("identity", ["", "*", "https://x.example/a b", f"{IDENTITY}\n"])
    @pytest.mark.parametrize("issuer", ["", "x", "http://127.0.0.2", "HTTPS://X.EXAMPLE", ISSUER])
    def test_a_signer_that_cannot_be(self, mine: Sealed, identity: str, issuer: str) -> None:
        """The call is right, so this is no usage error."""

        def change(record: Any) -> None:
            record["sealing"] |= {"identity": identity, "issuer": issuer}
            for signed in record["signatures"]:
                signed |= {"identity": identity, "issuer": issuer}

        assert self.rewritten(mine, change).code == REFUSED

    @pytest.mark.parametrize("version", ["*", "2.+1", "2.3.1 ", "../x", "2.3.1\n"])
    def test_a_version_that_cannot_stand_in_an_identity(self, mine: Sealed, version: str) -> None:
        asked = replace(mine.receiver, identity=IDENTITY.replace("2.3.1", "{version}"), issuer=ISSUER)
        sealed = Sealed(mine.folder, asked)
        assert self.rewritten(sealed, lambda r: r["product"].update(version=version)).code in (REFUSED, UNDECIDED)

    def test_any_part_of_it(self, originals: dict[str, Sealed], tmp_path: Path) -> None:
        sealed = originals["rehearsal"]
        folder = Path(shutil.copytree(sealed.folder, tmp_path / "d"))
        raw, tried = (folder / layout.RECORD).read_bytes(), 0
        for bad in canonical_changes(raw):
            (folder / layout.RECORD).write_bytes(bad)
            resum(folder)
            assert verified(folder).code in (REFUSED, UNDECIDED)
            tried += 1
        assert tried > 100


def canonical_changes(raw: bytes) -> Iterator[bytes]:
    """Each third place of a record with another value, where it is still a record of that form."""
    for number, path in enumerate(leaves(json.loads(raw))):
        tree = json.loads(raw)
        *above, key = path
        parent = tree
        for step in above:
            parent = parent[step]
        parent[key] = {str: "*" if number % 2 else "", list: [], dict: {}, int: -1}.get(type(parent[key]))
        try:
            bad = to_bytes(statement(from_bytes(json.dumps(tree).encode()).predicate))
        except (ValueError, TypeError):
            continue
        if number % 3 == 0 and bad != raw:
            yield bad


class TestOther:
    """Authentic, but not what was asked for: whoever signs signs other products and older versions as well."""

    @pytest.mark.parametrize("kind", ALL_KINDS)
    @pytest.mark.parametrize(("asked", "code"), [("pump", RELEASED), ("Pump", REFUSED), ("pump ", REFUSED)])
    def test_another_product(self, originals: dict[str, Sealed], kind: str, asked: str, code: int) -> None:
        sealed = originals[kind]
        assert verified(sealed.folder, replace(sealed.receiver, product=asked)).code == code

    @pytest.mark.parametrize("kind", ALL_KINDS)
    @pytest.mark.parametrize(("asked", "code"), [("2.3.1", RELEASED), ("2.3.2", REFUSED), ("v2.3.1", REFUSED)])
    def test_an_older_version(self, originals: dict[str, Sealed], kind: str, asked: str, code: int) -> None:
        sealed = originals[kind]
        found = verified(sealed.folder, replace(sealed.receiver, version=asked))
        assert found.code == code
        assert found.authentic is (code == RELEASED)

    def test_the_folders_name_says_nothing(self, originals: dict[str, Sealed], tmp_path: Path) -> None:
        folder = Path(shutil.copytree(originals["rehearsal"].folder, tmp_path / "pump-9.9.9"))
        assert verified(folder, replace(REHEARSAL, version="9.9.9")).code == REFUSED

    @pytest.mark.parametrize("part", [layout.ARTIFACTS, layout.EVIDENCE, layout.SIGNATURES, layout.RECORD_BUNDLE])
    def test_a_part_of_another_dossier(self, dossier: Path, originals: dict[str, Sealed], part: str) -> None:
        theirs = originals["rehearsal"].folder / part
        if theirs.is_dir():
            shutil.rmtree(dossier / part)
            shutil.copytree(theirs, dossier / part)
        else:
            shutil.copyfile(theirs, dossier / part)
        (dossier / "artifacts/pump.whl").write_bytes(b"another one")
        assert verified(dossier).code == REFUSED
        resum(dossier)
        assert verified(dossier).code == REFUSED


class TestReceiver:
    """What the receiver said is never dropped in silence, and never taken from the dossier."""

    def test_another_edition_of_the_root_is_the_receivers_to_choose(self, originals: dict[str, Sealed]) -> None:
        """Years later: the root has been renewed and holds more than it did."""
        for sealed in originals.values():
            tree = json.loads((sealed.folder / layout.TRUSTED_ROOT).read_bytes())
            with rehearsal() if sealed.receiver.rehearsal else private_sigstore() as another:
                new = json.loads(another.trusted_root)
            for kind in ("tlogs", "ctlogs", "certificateAuthorities", "timestampAuthorities"):
                tree[kind] = new[kind] + tree[kind]
            renewed = json.dumps(tree, indent=1).encode()
            found = verified(sealed.folder, replace(sealed.receiver, trusted_root=renewed))
            assert found.code == RELEASED, found.steps

    @pytest.mark.parametrize("code", [RELEASED, REFUSED])
    def test_the_commit_that_the_receiver_pins(self, of_key: Sealed, code: int) -> None:
        commit = ("c" if code == RELEASED else "d") * 40
        asked = replace(of_key.receiver, certificate={"source-repository-digest": commit})
        assert verified(of_key.folder, asked).code == code

    def test_certificate_values_without_an_identity_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "release.pub").write_text("a key")
        file = tmp_path / "mine.toml"
        file.write_text('schema = 1\nkey = "release.pub"\n[certificate]\nbuild-trigger = "push"\n')
        with pytest.raises(PolicyError, match=r"\[certificate\]"):
            read_receiver(file, tmp_path / "d")

    @pytest.mark.parametrize("through", ["plain", "link"])
    @pytest.mark.parametrize("what", ["key", "trusted-root"])
    def test_a_file_that_refers_into_the_dossier_is_refused(self, of_key: Sealed, through: str, what: str) -> None:
        place = of_key.folder.parent
        (place / "link").symlink_to(of_key.folder)
        folder = of_key.folder.name if through == "plain" else "link"
        names = {"key": layout.PUBLIC_KEY, "trusted-root": layout.TRUSTED_ROOT}
        more = '\nidentity = "https://x.example/a"\nissuer = "https://x.example"' if what == "trusted-root" else ""
        (place / "mine.toml").write_text(f'schema = 1\n{what} = "{folder}/{names[what]}"{more}\n')
        with pytest.raises(PolicyError, match="lies in the dossier"):
            read_receiver(place / "mine.toml", of_key.folder)

    @pytest.mark.parametrize(
        "identity",
        [
            pytest.param(IDENTITY.upper(), id="case"),
            pytest.param(f"{IDENTITY}/", id="trailing slash"),
            pytest.param(IDENTITY.replace("github.com", "github.com."), id="full stop"),
            pytest.param(IDENTITY.replace("pump/", "pump//"), id="two slashes"),
            pytest.param(IDENTITY.replace("/pump", "/%70ump"), id="percent"),
            pytest.param(IDENTITY.replace("v2.3.1", "v2.3"), id="beginning"),
            pytest.param(IDENTITY.replace("p", "р", 1), id="Cyrillic"),
        ],
    )
    def test_an_identity_that_is_nearly_the_one(self, originals: dict[str, Sealed], identity: str) -> None:
        receiver = replace(REHEARSAL, identity=identity, issuer=ISSUER)
        assert verified(originals["rehearsal"].folder, receiver).code == REFUSED

    @pytest.mark.parametrize("issuer", [f"{ISSUER}/", ISSUER.upper().replace("HTTPS", "https"), f"{ISSUER}:443"])
    def test_an_issuer_that_is_nearly_the_one(self, originals: dict[str, Sealed], issuer: str) -> None:
        receiver = replace(REHEARSAL, identity=IDENTITY, issuer=issuer)
        assert verified(originals["rehearsal"].folder, receiver).code == REFUSED


SPELLINGS: dict[str, Callable[[bytes], bytes]] = {
    "CRLF": lambda raw: raw.replace(b"\n", b"\r\n"),
    "binary marker": lambda raw: raw.replace(b"  ", b" *"),
    "one space": lambda raw: raw.replace(b"  ", b" "),
    "escaped": lambda raw: b"\\" + raw,
    "line twice": lambda raw: raw.splitlines(keepends=True)[0] + raw,
    "no end": lambda raw: raw[:-1],
    "upper case": lambda raw: raw[:64].upper() + raw[64:],
    "byte order mark": lambda raw: b"\xef\xbb\xbf" + raw,
    "comment": lambda raw: b"# good\n" + raw,
    "dot slash": lambda raw: raw.replace(b"  ", b"  ./"),
    "form feed": lambda raw: raw.replace(b"\n", b"\x0c\n", 1),
    "empty line": lambda raw: raw + b"\n",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", [layout.SUMS, layout.MANIFEST])
def test_a_list_in_another_spelling(dossier: Path, name: str, spelling: str) -> None:
    raw = (dossier / name).read_bytes()
    (dossier / name).write_bytes(SPELLINGS[spelling](raw))
    assert verified(dossier).code == REFUSED
    if name == layout.MANIFEST:
        resum(dossier)
        assert verified(dossier).code == REFUSED


@pytest.mark.parametrize(
    "name",
    [
        "artifacts/PUMP.WHL", "artifacts/pump.whl\u200b", "artifacts/pump.wh\u0131", "artifacts/\uff50ump.whl",
        "artifacts/pump.whl.", "artifacts/ pump.whl", "artifacts/-rf", "SHA256SUMS\n", "~", "\x7f", "artifacts/nul.txt",
    ],
)  # fmt: skip
def test_a_file_whose_name_sorts_or_normalises_oddly(dossier: Path, name: str) -> None:
    (dossier / name).write_bytes(b"x")
    assert verified(dossier).code == REFUSED


@pytest.mark.parametrize("shape", [b"[", b'{"a":', b"1", b'"'])
@pytest.mark.parametrize(
    "name", [layout.RECORD, layout.RECEIPT, layout.RECORD_BUNDLE, layout.SUMS_BUNDLE, layout.TRUSTED_ROOT]
)
def test_json_deeper_or_longer_than_any(dossier: Path, name: str, shape: bytes) -> None:
    (dossier / name).write_bytes(shape * 300_000)
    resum(dossier)
    assert verified(dossier).code in (REFUSED, UNDECIDED)
    assert not verified(dossier, Receiver(identity=IDENTITY, issuer=ISSUER)).authentic


def test_a_dossier_behind_a_link_is_the_same(sealed: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(sealed)
    assert verified(tmp_path / "link").code == RELEASED


def test_a_bundle_with_two_signatures(of_key: Sealed) -> None:
    for place in (layout.RECORD_BUNDLE, layout.SVR):
        bundle = json.loads((of_key.folder / place).read_bytes())
        bundle["dsseEnvelope"]["signatures"] *= 2
        text = json.dumps(bundle, sort_keys=True, separators=(",", ":"))
        (of_key.folder / place).write_text(f"{text}\n")
    resum(of_key.folder)
    assert verified(of_key.folder, of_key.receiver).code == REFUSED

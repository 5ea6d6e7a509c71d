"""KEY-02: keys that must not leave the house. They are made here, for this run, and belong to nobody."""

from __future__ import annotations

import io
import tarfile
import zipfile

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gatekeeper.selftest.specimen import Sample, Specimen


def _key(form: PrivateFormat) -> bytes:
    return generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, form, NoEncryption())


def _zip(name: str, content: bytes) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return raw.getvalue()


def _tar(name: str, content: bytes) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return raw.getvalue()


_WHEEL = "dist/pump-1.0.0-py3-none-any.whl"
_PKCS8, _OPENSSH = _key(PrivateFormat.PKCS8), _key(PrivateFormat.OpenSSH)

SPECIMEN = Specimen(
    id="private-keys",
    checks=("private-keys",),
    rules=("KEY-02",),
    files={"src/pump.py": b"x = 1\n", _WHEEL: _zip("pump.py", b"x = 1\n")},
    tables={},
    artifacts=(_WHEEL,),
    samples=(
        Sample("KEY-02", "a PEM key in the tree", {"src/device.txt": _PKCS8}),
        Sample("KEY-02", "an OpenSSH key in the tree", {"id_ed25519": _OPENSSH}),
        Sample("KEY-02", "a key inside the wheel", {_WHEEL: _zip("pump/data.bin", _PKCS8)}),
        Sample("KEY-02", "a key in a tar in the wheel", {_WHEEL: _zip("pump/data.tgz", _tar("k", _OPENSSH))}),
        Sample("KEY-02", "a wheel that is no archive", {_WHEEL: b"PK\x03\x04 cut"}),
        Sample("KEY-02", "an archive that unpacks to terabytes", {_WHEEL: _zip("b.zip", _zip("z", bytes(1 << 28)))},
               tables={"private-keys": {"archive-max-expanded-bytes": 1 << 20}}, also=("GATE-14",)),
    ),
)  # fmt: skip

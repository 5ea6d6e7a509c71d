"""SoftHSM 2 in the place of an HSM: one token for each test process, since the module reads its settings only once."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.signing.token import KeyReference

MODULE = os.environ.get("PKCS11_MODULE", "/usr/lib/softhsm/libsofthsm2.so")
PIN, SO_PIN, TOKEN = "567890", "123456", "an example token"


def software_token() -> str:
    """The label of a token with the keys `release` (made inside), `imported`, `loose` and `large`; else the test skips."""
    if shutil.which("softhsm2-util") is None or not Path(MODULE).exists():
        pytest.skip("SoftHSM 2 is not installed (apt-get install softhsm2)")
    pytest.importorskip("pkcs11", reason="the extra pkcs11 is not installed")
    return _made()


@functools.cache
def _made() -> str:
    folder = Path(tempfile.mkdtemp(prefix="gatekeeper-token-"))
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(config)
    command = ["softhsm2-util", "--module", MODULE, "--init-token", "--free", "--label", TOKEN]
    subprocess.run([*command, "--so-pin", SO_PIN, "--pin", PIN], check=True, capture_output=True)
    _make_keys()
    return TOKEN


def _make_keys() -> None:
    import pkcs11
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
    from pkcs11 import Attribute, KeyType, Mechanism
    from pkcs11.util.ec import decode_ec_private_key, decode_ec_public_key, encode_named_curve_parameters

    with pkcs11.lib(MODULE).get_token(token_label=TOKEN).open(user_pin=PIN, rw=True) as session:

        def make(label: str, curve: str = "secp256r1", **more: Any) -> None:
            parameters = session.create_domain_parameters(
                KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters(curve)}, local=True
            )
            parameters.generate_keypair(mechanism=Mechanism.EC_KEY_PAIR_GEN, store=True, label=label, **more)

        make("release")
        make("loose", private_template={Attribute.EXTRACTABLE: True, Attribute.SENSITIVE: False})
        make("large", curve="secp384r1")
        made = ec.generate_private_key(ec.SECP256R1())
        private = made.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        public = made.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for template in (decode_ec_private_key(private), decode_ec_public_key(public)):
            session.create_object({**template, Attribute.TOKEN: True, Attribute.LABEL: "imported"})


def reference(label: str = "release", token_label: str = TOKEN, module: str = MODULE) -> KeyReference:
    return KeyReference(module=module, token=token_label, object=label)

"""Keys in a PKCS#11 token (HSM, smart card, a KMS with such a module): found by reference, never as a file.

The token itself is asked how the key is protected: sensitive, never extractable, and made inside. What it does not
confirm is not believed. The PIN comes from the environment at signing time and from nowhere else.
"""

from __future__ import annotations

import hashlib
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from gatekeeper.model.errors import GatekeeperError, UsageError
from gatekeeper.signing.failures import CredentialError, KeyProtectionError

PIN_VARIABLE = "GATEKEEPER_PKCS11_PIN"
_PATH_ATTRIBUTES = frozenset(("token", "object", "id", "type", "manufacturer", "model", "serial"))
_SCHEME = "pkcs11:"


class KeyReference(msgspec.Struct, frozen=True, kw_only=True):
    """Where a key is: the module (a shared library), the token's label, and the key's label or id."""

    module: str
    token: str
    object: str = ""
    id: bytes = b""
    serial: str = ""


class KeyProtection(msgspec.Struct, frozen=True, kw_only=True):
    """What the token says about the key (PKCS#11 v2.40, 4.9); the record keeps it as evidence for 5.8.4."""

    sensitive: bool
    always_sensitive: bool
    never_extractable: bool
    made_in_token: bool
    key_sha256: str  # of the SubjectPublicKeyInfo
    curve: str
    label: str
    token: str
    manufacturer: str
    model: str
    serial: str


def key_reference(text: str) -> KeyReference:
    """Read a PKCS#11 URI (RFC 7512). Raises UsageError for a key file, a PIN, or a reference that is not exact."""
    if not text.startswith(_SCHEME):
        raise UsageError(
            "the signing key is not a PKCS#11 reference" + (": it looks like a key file" if _is_file(text) else ""),
            "Move the key into an HSM or KMS and refer to it: pkcs11:token=LABEL;object=LABEL?module-path=/path/to.so",
        )
    path, _, query = text.removeprefix(_SCHEME).partition("?")
    found, asked = _attributes(path, ";"), _attributes(query, "&")
    if {"pin-value", "pin-source"} & (found.keys() | asked.keys()):
        raise UsageError("the key reference holds a PIN", f"Take it out and give it at run time in {PIN_VARIABLE}.")
    text_of = {name: urllib.parse.unquote(value) for name, value in (found | asked).items()}
    unknown = sorted((found.keys() - _PATH_ATTRIBUTES) | (asked.keys() - {"module-path"}))
    if unknown or text_of.get("type", "private") != "private":
        raise UsageError(f"the key reference holds what cannot be used: {', '.join(unknown) or 'type'}")
    reference = KeyReference(
        module=text_of.get("module-path", ""),
        token=text_of.get("token", ""),
        object=text_of.get("object", ""),
        id=urllib.parse.unquote_to_bytes(found.get("id", "")),
        serial=text_of.get("serial", ""),
    )
    if not reference.token or not (reference.object or reference.id) or not Path(reference.module).is_absolute():
        raise UsageError(
            "the key reference is not exact",
            "State the token, the key's object label or id, and module-path as an absolute path.",
        )
    return reference


def _is_file(text: str) -> bool:
    return bool(re.search(r"\.(pem|key|p12|pfx|jks|der)$|[/\\]|BEGIN ", text, re.IGNORECASE))


def _attributes(text: str, separator: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, text.split(separator)):
        name, _, value = part.partition("=")
        if name in found:
            raise UsageError(f"the key reference states {name} twice")
        found[name] = value
    return found


def pin_from(env: Mapping[str, str]) -> str:
    """The PIN, from the environment. Raises CredentialError."""
    pin = env.get(PIN_VARIABLE, "")
    if not pin:
        raise CredentialError("the token's PIN is missing", f"Set {PIN_VARIABLE} from the CI system's secret store.")
    return pin


class TokenKey:
    """A private key that never leaves its token, and its public half."""

    def __init__(self, key: Any, public_der: bytes, protection: KeyProtection) -> None:
        self._key = key
        self.der = public_der
        self.protection = protection

    @property
    def pem(self) -> bytes:
        """The public key as text, to be pinned by receivers."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

        return load_der_public_key(self.der).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, sha256: bytes) -> bytes:
        """ECDSA over a digest; DER, as bundles want it (the token gives r and s)."""
        from pkcs11 import Mechanism
        from pkcs11.util.ec import encode_ecdsa_signature

        with _token_boundary():
            signature: bytes = encode_ecdsa_signature(self._key.sign(sha256, mechanism=Mechanism.ECDSA))
            return signature


@contextmanager
def open_key(reference: KeyReference, pin: str) -> Iterator[TokenKey]:
    """The key, once its token has confirmed how it is protected.

    Raises CredentialError (module, token, PIN or key not usable) or KeyProtectionError (not protected).
    """
    session: Any = None
    try:
        with _token_boundary():
            session = _token(reference).open(user_pin=pin)
            key = _found(session, reference)
        yield key
    finally:
        if session is not None:
            session.close()


def _token(reference: KeyReference) -> Any:
    import pkcs11

    tokens = list(pkcs11.lib(reference.module).get_tokens(token_label=reference.token))
    exact = [t for t in tokens if not reference.serial or _text(t.serial) == reference.serial]
    if len(exact) != 1:
        raise CredentialError(
            f"{len(exact)} tokens are labelled {reference.token!r}; exactly one was expected",
            "Check the label and the serial number in the key reference, and that the token is present.",
        )
    return exact[0]


def _found(session: Any, reference: KeyReference) -> TokenKey:
    from pkcs11 import ObjectClass
    from pkcs11.util.ec import encode_ec_public_key

    names = {"label": reference.object or None, "id": reference.id or None}
    private = session.get_key(object_class=ObjectClass.PRIVATE_KEY, **names)
    public = session.get_key(object_class=ObjectClass.PUBLIC_KEY, **names)
    encoded: bytes = encode_ec_public_key(public)
    return TokenKey(private, encoded, _protection(private, encoded, session.token))


def _protection(key: Any, public_der: bytes, token: Any) -> KeyProtection:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key
    from pkcs11 import Attribute

    public = load_der_public_key(public_der)
    curve = public.curve.name if isinstance(public, ec.EllipticCurvePublicKey) else type(public).__name__
    protection = KeyProtection(
        sensitive=bool(key[Attribute.SENSITIVE]),
        always_sensitive=bool(key[Attribute.ALWAYS_SENSITIVE]),
        never_extractable=bool(key[Attribute.NEVER_EXTRACTABLE]) and not key[Attribute.EXTRACTABLE],
        made_in_token=bool(key[Attribute.LOCAL]),
        key_sha256=hashlib.sha256(public_der).hexdigest(),
        curve=curve,
        label=_text(key.label),
        token=_text(token.label),
        manufacturer=_text(token.manufacturer_id),
        model=_text(token.model),
        serial=_text(token.serial),
    )
    if faults := weaknesses(protection):
        raise KeyProtectionError(
            f"the token does not confirm that key {protection.label!r} is protected: {', '.join(faults)}",
            "Make a new key inside the token: EC P-256, sensitive, not extractable. Do not import one.",
        )
    return protection


def weaknesses(protection: KeyProtection) -> tuple[str, ...]:
    """What the token does not confirm, in words; empty for a key that is protected."""
    stated = (
        (protection.sensitive, "it is not sensitive"),
        (protection.always_sensitive, "it was not always sensitive"),
        (protection.never_extractable, "it can be, or could once be, taken out"),
        (protection.made_in_token, "it was not made in the token"),
        (protection.curve == "secp256r1", f"it is a {protection.curve} key and not EC P-256"),
    )
    return tuple(words for holds, words in stated if not holds)


def _text(value: bytes | str | None) -> str:
    text = value.decode(errors="replace") if isinstance(value, bytes) else value or ""
    return text.strip("\0 ")


@contextmanager
def _token_boundary() -> Iterator[None]:
    """The one place where a token's exceptions become ours; the module is foreign code that raises what it likes."""
    try:
        yield
    except GatekeeperError:
        raise
    except ImportError as e:
        raise CredentialError(
            "PKCS#11 support is not installed", "Install it: pip install 'release-gatekeeper[pkcs11]'."
        ) from e
    except Exception as e:
        raise CredentialError(
            _explained(type(e).__name__), "Check the module's path, the token, its PIN and the key."
        ) from e


def _explained(name: str) -> str:
    """PKCS#11 errors have no text; their names are all there is, and a PIN must never be part of it."""
    known = {
        "NoSuchToken": "there is no such token",
        "NoSuchKey": "the token has no such key",
        "MultipleObjectsReturned": "several keys have this label; give the id as well",
        "PinIncorrect": "the token refused the PIN",
        "PinLocked": "the token is locked after wrong PINs",
        "PKCS11Error": "the PKCS#11 module cannot be loaded",
        "RuntimeError": "the PKCS#11 module cannot be loaded",
        "AttributeTypeInvalid": "the token does not say how the key is protected",
    }
    return known.get(name, f"the token failed ({name})")

"""The identity provider: OpenID Connect tokens such as a CI system hands to a job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import jwt

from gatekeeper.signing.sandbox import keys

AUDIENCE = "sigstore"
TOKEN_SECONDS = 300


class TokenService:
    """Mints tokens in the name of `issuer` and tells its own from others."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = keys.new_key()

    def mint(self, claims: Mapping[str, str], now: datetime) -> str:
        """A token with these claims, good for five minutes."""
        seconds = int(now.timestamp())
        lasting = {"iss": self.issuer, "aud": AUDIENCE, "iat": seconds, "nbf": seconds - 5}
        return jwt.encode({**lasting, "exp": seconds + TOKEN_SECONDS, **claims}, self.key, algorithm="ES256")

    def claims(self, token: str, now: datetime) -> dict[str, str]:
        """What a genuine, current token states. Raises jwt.InvalidTokenError."""
        # PyJWT would compare with this machine's clock; the instance has a clock of its own.
        found: dict[str, str] = jwt.decode(
            token,
            self.key.public_key(),
            algorithms=["ES256"],
            audience=AUDIENCE,
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        if not int(found["iat"]) - 5 <= now.timestamp() < int(found["exp"]):
            raise jwt.ExpiredSignatureError("the token is expired or not yet valid")
        return found

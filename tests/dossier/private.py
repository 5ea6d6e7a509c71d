"""A private Sigstore for real releases in tests: the throw-away one under a name that does not say rehearsal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gatekeeper.signing.rehearsal import Rehearsal, claims_of_release, rehearsal
from tests.dossier.product import COMMIT

ISSUER = "https://token.actions.githubusercontent.com"
CLAIMS = claims_of_release(commit=COMMIT, ref="refs/tags/v2.3.1") | {"iss": ISSUER}


@contextmanager
def private_sigstore() -> Iterator[Rehearsal]:
    """It runs until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("keys", "trust"):
            patch.setattr(f"gatekeeper.signing.sandbox.{module}.ORGANISATION", "Example Sigstore")
        with rehearsal() as running:
            yield running


def place_trust(root: Path, private: Rehearsal, *, clock_only: bool = False) -> None:
    """The policy's trust config, pinned, beside the policy; `clock_only` leaves nothing but the timestamp service."""
    raw = private.instance.client_trust_config
    if clock_only:
        tree = json.loads(raw)
        tree["trustedRoot"] |= {"tlogs": [], "ctlogs": [], "certificateAuthorities": []}
        tree["signingConfig"] |= {"rekorTlogUrls": [], "caUrls": [], "oidcUrls": []}
        raw = json.dumps(tree).encode()
    (root / "trust.json").write_bytes(raw)
    lines = (
        "[signing]",
        'trust-config = "trust.json"',
        f'trust-config-sha256 = "{hashlib.sha256(raw).hexdigest()}"',
        "trust-obtained = 2026-11-20",
        'instance = "private"',
    )
    policy = root / "gatekeeper.toml"
    policy.write_text(policy.read_text().replace("[signing]", "\n".join(lines)))

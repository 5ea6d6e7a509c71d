"""TOML in, typed values out: policy, deviations, clause catalogue and rules. Every fault named at once."""

from __future__ import annotations

POLICY_FILE = "gatekeeper.toml"
DEVIATIONS_FILE = "deviations.toml"

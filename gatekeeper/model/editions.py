"""The editions of catalogue and rules that belong to this version of the gate (GATE-10)."""

from __future__ import annotations

CATALOGUE_SHA256 = "3637901e1597357af655c0b98a98c5ad0067c7df70638ee555e9d511f2f5e2c8"
RULES_SHA256 = "f2718793124afa7278abc1e98cb0e991152f850d2d9c45303b6311248530ded0"

"""The editions of catalogue and rules that belong to this version of the gate (GATE-10)."""

from __future__ import annotations

CATALOGUE_SHA256 = "18822fde2d6d5605f48279d2c79bd8d9ef802fd543c07d588e8e8ce281fd058c"
RULES_SHA256 = "b5ddef3a1458d0e18ce93056b6db2505744261d198e0e731d781a5fa0b4811b5"

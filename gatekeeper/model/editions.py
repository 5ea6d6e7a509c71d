"""The editions of catalogue and rules that belong to this version of the gate (GATE-10)."""

from __future__ import annotations

CATALOGUE_SHA256 = "18822fde2d6d5605f48279d2c79bd8d9ef802fd543c07d588e8e8ce281fd058c"
RULES_SHA256 = "9413d64556d1ee172974dd90ab50a58b551c228e668952e94b21c1fbfc5e8024"

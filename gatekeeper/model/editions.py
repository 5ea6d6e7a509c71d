"""The editions of catalogue and rules that belong to this version of the gate (GATE-10)."""

from __future__ import annotations

CATALOGUE_SHA256 = "18822fde2d6d5605f48279d2c79bd8d9ef802fd543c07d588e8e8ce281fd058c"
RULES_SHA256 = "a455cbda6f1b537a5c418a07790f3338822554e6541d54f9d205d50d07e8d2e8"

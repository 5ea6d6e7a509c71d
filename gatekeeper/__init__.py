"""gatekeeper: the secure release gate for health software (IEC 81001-5-1, clause 5.8)."""

__version__ = "0.1.0"

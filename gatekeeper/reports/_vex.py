"""What the words of several forms of VEX come to: nothing is harmless that is not said to be, with a reason."""

from __future__ import annotations

from gatekeeper.model.facts import VulnerabilityFact

# The words of other forms of VEX, in OpenVEX's own. A word that is not known here is under investigation.
STATUS = {
    "not_affected": "not_affected",
    "false_positive": "not_affected",
    "affected": "affected",
    "exploitable": "affected",
    "fixed": "fixed",
    "resolved": "fixed",
}


def status(found: VulnerabilityFact) -> str:
    """`not_affected`, `affected`, `fixed` or `under_investigation`."""
    said = STATUS.get(found.vex_status.lower(), "under_investigation")
    return "under_investigation" if said == "not_affected" and not found.reason else said

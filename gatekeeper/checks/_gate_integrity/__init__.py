"""The parts of the check gate-integrity."""

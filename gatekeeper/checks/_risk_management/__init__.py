"""The parts of the check risk-management."""

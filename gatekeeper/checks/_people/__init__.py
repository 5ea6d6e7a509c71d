"""The parts of the check of people and approvals."""

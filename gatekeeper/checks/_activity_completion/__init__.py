"""The parts of the check activity-completion."""

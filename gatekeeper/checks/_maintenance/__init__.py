"""The parts of the check maintenance."""

"""The parts of the check of what users get."""

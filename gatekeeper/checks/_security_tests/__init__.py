"""The parts of the check of test evidence."""

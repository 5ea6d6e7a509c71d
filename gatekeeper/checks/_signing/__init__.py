"""The parts of the signing check."""

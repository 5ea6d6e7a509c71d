"""The parts of the file-integrity check."""

"""The parts of the check `security-issues`: what it is told, what it saw, and its rules by family."""

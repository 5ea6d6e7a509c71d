"""The parts of the check `continuity`: what the last release promised, and what this one makes of it."""

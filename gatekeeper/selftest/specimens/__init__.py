"""One file = one specimen and the faults that are planted in it."""

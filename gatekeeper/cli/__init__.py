"""One file per command; the group, the exit codes, the one error boundary. Decides nothing."""

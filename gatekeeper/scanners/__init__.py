"""Looking at source: which files there are, what Bandit finds in them, what other scanners say (SARIF)."""

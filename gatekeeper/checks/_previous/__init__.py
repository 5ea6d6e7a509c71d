"""The dossier of the release before, for the checks that compare with it."""

"""TOML in, typed values out: policy, deviations, clause catalogue and rules. Every fault named at once."""

"""The chaos run: the whole stack under load, killed part by part; afterwards nothing may be lost, doubled or stuck."""

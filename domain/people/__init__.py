"""People, the teams they form and when they can work."""

"""`headwater demo`: a bank of its own in a file of its own, what a change manager would ask about it, then the API."""

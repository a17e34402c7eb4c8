"""Configuration items: what stands on what, and what a failure reaches (ENGINES 2).

`relations` holds the vocabulary, `derivation` turns stored relations into canonical impact edges, `topology` indexes
them, `witness` and `sweeps` walk them, and `impact` gives the answer people read.
"""

"""Configuration items: what stands on what, and what a failure reaches (ENGINES 2).

`relations` holds the vocabulary and `derivation` turns what is stored into canonical impact edges; `topology` indexes
them. `down` answers the Boolean question, `witness` and `sweeps` find degrees and the paths that explain them,
`failure` joins the three sweeps, and `impact` gives the answer people read.
"""

"""Changes: the record, its lifecycle, windows and freezes."""

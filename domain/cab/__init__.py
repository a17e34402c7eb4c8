"""The change advisory board: the record, planning, agenda and quorum."""

"""The root of subscriptions: one resumable feed per subject (SCHEMA rule 14)."""

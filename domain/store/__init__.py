"""The relational adapter: SQLAlchemy over SQLite or PostgreSQL."""

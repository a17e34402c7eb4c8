"""Problems and known errors."""

"""Names that Inspect finds."""

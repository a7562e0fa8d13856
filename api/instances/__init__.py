"""Process instances as they stand."""

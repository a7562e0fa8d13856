"""The page of the working-day calendar."""

"""The engine's layer against the library as it came: the same diagram and inputs give the same task trees, data and order."""

"""The page of definitions: versions and their states, rendered diagrams, upload with findings, publishing by a second person."""

"""The replay of a case: every step it took, on the very diagrams it ran."""

"""What the hotline knows before any case: accounts, units, citizens, areas, the taxonomy, and who looked at what."""

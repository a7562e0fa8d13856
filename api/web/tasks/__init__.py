"""The page of one task: its form, the facts of its case, and taking it, giving it back, handing it on."""

"""The pages of the register of elders."""

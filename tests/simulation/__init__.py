"""A city's days on the injected clock, with everything going wrong that can, and nothing lost, doubled or stuck at midnight."""

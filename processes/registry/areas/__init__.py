"""Areas 行政区划: the districts and streets of the city, a bundled slice of the real ones."""

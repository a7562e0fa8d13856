"""The plan of the exchange: numbers, menus, queues and service hours, edited as data."""

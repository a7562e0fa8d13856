"""How the product behaves with a city's worth of rows: `make bench-scale`."""

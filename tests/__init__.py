"""Every test of the product; a package so that no installed distribution can take its name."""

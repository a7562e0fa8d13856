"""What goes wrong around the product, each thing with a clear answer, and nothing else stops."""

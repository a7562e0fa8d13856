"""The wrapper around SpiffWorkflow 3.2.0: the only package that knows its classes."""

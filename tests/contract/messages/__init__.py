"""BPMN messages and signals on both databases."""

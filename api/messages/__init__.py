"""BPMN messages from outside."""

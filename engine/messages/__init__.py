"""BPMN messages: who waits for what, and those that came before anybody waited."""

"""BPMN and nothing of hotlines: definitions, instances, work items, timers, messages, history, deliveries, jobs."""

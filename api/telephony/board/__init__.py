"""The supervisor's board: queues, agents, thresholds."""

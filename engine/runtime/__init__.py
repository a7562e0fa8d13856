"""Running commands: load, step, project, append history, commit once."""

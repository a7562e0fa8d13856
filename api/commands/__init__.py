"""The commands of `bihuan`, one file a subject."""

"""The hotline's own domain: the vocabulary that the diagrams use, and the registers behind it."""

"""Process definitions, decision tables and forms: deploy, look at, publish, retire."""

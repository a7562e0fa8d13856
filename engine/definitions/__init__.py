"""Process definitions, decision tables and forms: their files, versions and states, and the bundles that instances pin."""

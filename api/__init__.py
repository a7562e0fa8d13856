"""The product's front door: wiring, HTTP API, command line, migrations, the demo city."""

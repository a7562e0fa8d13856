"""The API's page for people: rendered on the server from the OpenAPI document, no script, no outside address."""

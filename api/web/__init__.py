"""The pages of the product: Jinja templates, htmx for partial updates, TypeScript islands for diagrams."""

"""Attachments: kept sealed in the database, so that one backup holds everything."""

"""The telephones that the other tests call with."""

"""Two web nodes and three workers on one PostgreSQL, which die and come back while people work: nothing is lost or done twice.

`make test` runs a small number of cases, `make cluster CASES=2000` as many as one likes; each prints its seed.
"""

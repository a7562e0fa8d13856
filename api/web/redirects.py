"""Sending a browser on."""

import re
from http import HTTPStatus

from flask import Response

_OWN = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f\\]*")
"""No other site (`//…`), no end of a header line, and no control character, which browsers skip (`/<tab>/…`)."""


def own_page(address: str | None) -> str | None:
    """An address that somebody sent, if it is a page of ours; else None."""
    return address if address and _OWN.fullmatch(address) and "%00" not in address else None


def see_other(address: str) -> Response:
    """Answer "look there", fetched by GET whatever the request was."""
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})

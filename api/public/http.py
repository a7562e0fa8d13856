"""`GET /public/cases/{case_no}?code=`."""

from typing import Any

from api.product import product
from api.public.schemas import CodeQuery, Progress
from api.rest import Resource
from processes.cases import public

resource = Resource("public", __name__, "市民查询。 The citizen's own query.")


@resource.on("/public/cases/<case_no>", "GET", answer=Progress)
@resource.takes(CodeQuery, "query")
def progress(query: dict[str, Any], case_no: str) -> dict[str, Any]:
    """Progress by number and query code; five wrong codes lock the case's query for 15 minutes."""
    return public.progress(product().engine, case_no, query["code"])

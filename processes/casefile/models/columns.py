"""Column types that the tables of a case share."""

from typing import Annotated

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import mapped_column

RowId = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)]
"""A running number that both databases give out."""

CaseNo = Annotated[str, mapped_column(String(24), ForeignKey("case.case_no"), index=True)]
"""The number of the case a row belongs to."""

OrderNo = Annotated[str, mapped_column(String(32), ForeignKey("work_order.number"), index=True)]
"""The number of the work order a row belongs to."""

Who = Annotated[str, mapped_column(String(64))]
"""The id of the actor who did it (`agent1`, `unit:water`, `system`)."""

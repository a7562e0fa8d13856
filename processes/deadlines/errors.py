"""What can be wrong with a deadline."""

from engine.errors import Conflict, Invalid


class UnknownYear(Conflict):
    """这一年的节假日表尚未录入，无法计算工作日。 The holidays of that year have not been entered."""

    code = "unknown-year"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"{year} 年的节假日表尚未录入，无法计算工作日，请管理员先在“更多”里的“工作日历”录入。 "
            f"The holidays of {year} have not been entered, so its working days are unknown; "
            f"an administrator must enter that year first, under More, Working days.",
            year=year,
        )


class BadYear(Invalid):
    """节假日表有误。 The table of holidays is wrong."""

    code = "bad-year"


class BadAmount(Invalid):
    """时限的天数有误：自然日须大于零，工作日须为整数。 A limit needs days above zero, and whole ones where working days are counted."""

    code = "bad-amount"

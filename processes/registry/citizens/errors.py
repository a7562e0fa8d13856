"""What can be wrong with a citizen's data."""

from engine.errors import Invalid, NotFound


class BadCitizen(Invalid):
    """市民姓名或电话有误。 The citizen's name or phone is wrong."""

    code = "bad-citizen"


class NoSuchCitizen(NotFound):
    """没有这位市民的记录。 There is no record of this citizen."""

    code = "no-such-citizen"

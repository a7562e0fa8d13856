"""What can be wrong with a unit."""

from engine.errors import Conflict, NotFound


class NoSuchUnit(NotFound):
    """没有这个承办单位。 There is no such unit."""

    code = "no-such-unit"


class UnitExists(Conflict):
    """已有这个代码的承办单位。 There is a unit with this code already."""

    code = "unit-exists"

"""What can be wrong with a lamp."""

from engine.errors import BihuanError
from processes.lights.colours import SEVERITY


class UnknownColour(BihuanError):
    """亮灯决策表给出了未知的颜色。 A table of the lamps gave a colour that there is not."""

    code = "unknown-colour"

    def __init__(self, table: str, colour: object) -> None:
        known = " ".join(SEVERITY)
        super().__init__(
            f"决策表 {table} 给出了未知的颜色 {colour!r}，只能是 {known}。 "
            f"The table {table} gave the colour {colour!r}; it must be one of {known}.",
            table=table,
        )

"""One measured figure, the table of them for people, and `var/bench.json` for machines."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median
from unicodedata import east_asian_width

import orjson

MILLI = 1e3


@dataclass(frozen=True, slots=True)
class Figure:
    """`floor` is what the bare statements cost in the same run, `target` what the issue asks for; None where there is none."""

    name: str
    database: str
    value: float
    unit: str
    floor: float | None = None
    target: float | None = None
    more_is_better: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.value >= self.target if self.more_is_better else self.value <= self.target


@dataclass(slots=True)
class Timing:
    """Seconds of wall and CPU for each of a number of equal pieces of work."""

    wall: list[float]
    cpu: list[float]

    @property
    def mean_wall(self) -> float:
        """Milliseconds; a slow outlier counts."""
        return mean(self.wall) * MILLI

    @property
    def median_wall(self) -> float:
        """Milliseconds."""
        return median(self.wall) * MILLI

    @property
    def mean_cpu(self) -> float:
        """Milliseconds."""
        return mean(self.cpu) * MILLI


def table(figures: Iterable[Figure]) -> str:
    """The figures as a text table."""
    rows = [("figure", "database", "value", "unit", "floor", "target", "")]
    for figure in figures:
        mark = {True: "ok", False: "MISSED", None: ""}[figure.met]
        rows.append((figure.name, figure.database, _number(figure.value), figure.unit, _number(figure.floor), _number(figure.target), mark))
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(_padded(text, width, right=i in (2, 4, 5)) for i, (text, width) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    )


def write(figures: Iterable[Figure], path: Path) -> None:
    """Write the list of `{name, database, value, unit, floor, target}`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps([asdict(figure) for figure in figures], option=orjson.OPT_INDENT_2) + b"\n")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int, *, right: bool) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks

"""Every table of the product, imported so that `Base.metadata` knows it; a test holds this list to the files."""

import importlib
from pathlib import Path

from sqlalchemy import MetaData

from engine.db import Base

PACKAGES = ("engine", "processes", "connectors", "telephony", "api")
ROOT = Path(__file__).resolve().parents[2]


def metadata() -> MetaData:
    """The metadata with all tables: those of every `models.py` and of every module in a `models/` folder."""
    for package in PACKAGES:
        folder = ROOT / package
        for path in sorted([*folder.glob("**/models.py"), *folder.glob("**/models/*.py")]):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "migrations" not in parts and "node_modules" not in parts:
                importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return Base.metadata

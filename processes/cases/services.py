"""What others ask of cases: open one, find some."""

from processes.cases.opening import NewCase, NewCitizen, OpenedCase, open_case
from processes.cases.search import CaseFilter, Found, search

__all__ = ["CaseFilter", "Found", "NewCase", "NewCitizen", "OpenedCase", "open_case", "search"]

"""Background work (后台作业): rows are the truth, jobs are nudges.

`port.py` is what the rest of the product knows, `local.py` the embedded adapter, `dispatch.py` moves due timers and
deliveries into whichever queue runs.
"""

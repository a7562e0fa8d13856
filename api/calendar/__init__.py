"""The working-day calendar (工作日历): which years are known, and entering one."""

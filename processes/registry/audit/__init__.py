"""The audit register 审计: who looked at, changed or was refused what (X01)."""

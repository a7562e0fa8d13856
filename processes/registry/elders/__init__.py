"""Elders 老年人, their pagers 呼叫器 and the people to call for them; everything personal is encrypted at rest (C38, T23-T25)."""

"""The two lamps of a dispatched case: age light 时长灯 and due light 期限灯 (requirements 0.2, C10, C11)."""

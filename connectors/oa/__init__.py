"""A department's office automation (单位 OA): work orders go out to it, its answers come back, both signed."""

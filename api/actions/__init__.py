"""Side actions of a case: small processes beside the main one."""

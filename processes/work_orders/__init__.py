"""Work orders (转办单): dispatch, the half-hour acknowledgement, handling, return, extension and the department's own system."""

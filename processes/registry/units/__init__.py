"""Units 承办单位: the departments and companies that handle what the hotline dispatches."""

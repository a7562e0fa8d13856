"""Connectors to outside systems (对外连接器): one folder for each."""

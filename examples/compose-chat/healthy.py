"""Ends with 0 when somebody who comes would be greeted."""
import socket

with socket.create_connection(('127.0.0.1', 7000), timeout=2) as connection:
    raise SystemExit(not connection.recv(100))

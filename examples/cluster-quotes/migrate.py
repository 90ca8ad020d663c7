"""Brings what is stored to this version; here there is nothing stored."""
import os

print(f"nothing to migrate for {os.environ.get('SLIPWAY_VERSION', 'dev')}")

"""Ends with 0 when the worker has looked for mails lately."""
import time
from pathlib import Path

raise SystemExit(time.time() - Path('/tmp/alive').stat().st_mtime > 10)

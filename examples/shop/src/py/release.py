"""Where this release lies, and which it is."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSION = (ROOT / "VERSION").read_text().strip()

"""A Docker host's Compose project: read as Compose reads it, pinned, and run as an activation beside the one that serves."""

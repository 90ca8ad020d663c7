"""What is asserted of what an input came to."""

import json


class Broken(Exception):
    """Something was taken that must not be, or came out as it must not."""


def claim(holds, what, *shown):
    if not holds:
        raise Broken(f'{what} {json.dumps(shown)[:2000]}')

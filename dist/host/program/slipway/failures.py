"""What went wrong, why, and what to type: the same shape as on the runner's side, sent there as JSON."""


class Failure(Exception):
    def __init__(self, code, what, why='', cure='', evidence=()):
        super().__init__(what)
        self.code = code
        self.what = what
        self.why = why
        self.cure = cure
        self.evidence = list(evidence)

    def as_json(self):
        return {'code': self.code, 'what': self.what, 'why': self.why, 'cure': self.cure, 'evidence': self.evidence}


def try_all(steps):
    """Each of them, whatever becomes of those before it; then the first Failure or OSError of them."""
    first = None
    for step in steps:
        try:
            step()
        except (Failure, OSError) as failure:
            first = first or failure
    if first is not None:
        raise first


def evidence(source, text):
    """One piece of evidence. The text is bounded from the front: the end of a log tells why."""
    return {'source': source, 'text': text[-16000:]}

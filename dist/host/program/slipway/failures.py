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


def evidence(source, text):
    """One piece of evidence. The text is bounded from the front: the end of a log tells why."""
    return {'source': source, 'text': text[-16000:]}

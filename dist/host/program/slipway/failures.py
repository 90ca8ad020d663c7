''


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
    ''
    first = None
    for step in steps:
        try:
            step()
        except (Failure, OSError) as failure:
            first = first or failure
    if first is not None:
        raise first


def evidence(source, text):
    ''
    return {'source': source, 'text': text[-16000:]}

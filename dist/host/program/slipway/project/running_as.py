''
import io
import tarfile

from . import engine


LIMIT = 1 << 20

_MOST = (1 << 31) - 1


def number(service, image, marked):
    ''



    said = str(service.get('user') or ((engine.find(f'/images/{image}/json') or {}).get('Config') or {}).get('User') or '')
    user, _, group = said.partition(':')
    if user in ('', 'root') or _number(user) == 0:
        return None
    if _is_number(user) and _is_number(group):
        return _numbers(user, group)
    users, groups = _lists(image, marked)
    found = next((row for row in users if len(row) > 3 and row[2 if _is_number(user) else 0] == user), None)
    uid = user if found is None else found[2]

    gid = '0' if found is None else found[3]
    if group:
        gid = group if _is_number(group) else next((row[2] for row in groups if len(row) > 2 and row[0] == group), '')
    return _numbers(uid, gid)


def _numbers(uid, gid):
    found = _number(uid), _number(gid)
    return found if found[0] and found[1] is not None else None


def _is_number(text):
    return text.isascii() and text.isdigit()


def _number(text):
    ''

    return int(text) if _is_number(text) and len(text) <= 10 and int(text) <= _MOST else None


def _lists(image, marked):
    ''
    made = engine.post('/containers/create', {'Image': image, 'Cmd': ['/'], 'Labels': marked})['Id']
    try:
        return [_rows(made, f'/etc/{name}') for name in ('passwd', 'group')]
    finally:
        engine.delete(f'/containers/{made}', force='true', v='true')


def _rows(container, path):
    try:
        with engine.opened('GET', f'/containers/{container}/archive', query={'path': path}) as answer:
            data = answer.read(LIMIT)
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            file = archive.extractfile(archive.next())
            return [line.split(':') for line in file.read().decode('utf-8', 'replace').splitlines()] if file else []
    except (engine.Refused, tarfile.TarError, OSError, KeyError, AttributeError):
        return []

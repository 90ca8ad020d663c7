''
import hashlib
import json


_APART = ('build', 'depends_on', 'profiles', 'image', 'pull_policy', 'x-slipway', 'develop', 'restart')


def digest(model, name, image):
    ''
    service = {key: value for key, value in model['services'][name].items() if key not in _APART}
    used = {kind: {item['source']: (model.get(kind) or {}).get(item['source']) for item in service.get(kind) or []}
            for kind in ('configs', 'secrets')}
    networks = {key: (model.get('networks') or {}).get(key) for key in service.get('networks') or {}}
    volumes = {mount['source']: (model.get('volumes') or {}).get(mount['source']) for mount in service.get('volumes') or []
               if mount.get('type') == 'volume' and mount.get('source')}
    told = json.dumps([service, used, networks, volumes, image, model.get('x-given', {}).get(name)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()

"""Is a service of a new activation just what runs already? Told by a digest of all that its containers are made of."""
import hashlib
import json

# Of a service: what is not its containers' own.
_APART = ('build', 'depends_on', 'profiles', 'image', 'pull_policy', 'x-slipway', 'develop', 'restart')


def digest(model, name, image):
    """`image`: the id of the image that it runs."""
    service = {key: value for key, value in model['services'][name].items() if key not in _APART}
    used = {kind: {item['source']: (model.get(kind) or {}).get(item['source']) for item in service.get(kind) or []}
            for kind in ('configs', 'secrets')}
    networks = {key: (model.get('networks') or {}).get(key) for key in service.get('networks') or {}}
    volumes = {mount['source']: (model.get('volumes') or {}).get(mount['source']) for mount in service.get('volumes') or []
               if mount.get('type') == 'volume' and mount.get('source')}
    told = json.dumps([service, used, networks, volumes, image, model.get('x-given', {}).get(name)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()

require('../bundle/index.js').run('push-release', 'main')

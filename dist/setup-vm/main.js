require('../bundle/index.js').run('setup-vm', 'main')

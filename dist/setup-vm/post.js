require('../bundle/index.js').run('setup-vm', 'post')

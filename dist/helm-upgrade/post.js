require('../bundle/index.js').run('helm-upgrade', 'post')

require('../bundle/index.js').run('root', 'main')

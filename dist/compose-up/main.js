require('../bundle/index.js').run('compose-up', 'main')

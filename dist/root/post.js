require('../bundle/index.js').run('root', 'post')

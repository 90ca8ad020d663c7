require('../bundle/index.js').run('build-image', 'post')

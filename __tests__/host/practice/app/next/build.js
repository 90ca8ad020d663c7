'use strict'
// As such frameworks do: what runs is made by a build, from sources, with tools that production does not need.
const { buildSync } = require('esbuild')

buildSync({ entryPoints: ['server.ts'], bundle: true, platform: 'node', outfile: '.out/server.js', logLevel: 'warning' })
buildSync({ entryPoints: ['page.ts'], bundle: true, minify: true, outdir: '.out/assets', entryNames: '[name]-[hash]', logLevel: 'warning' })

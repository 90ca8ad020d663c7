// A project a layer, from the cheapest to the dearest.
const layers = ['unit', 'driver', 'contract', 'host', 'docker', 'cluster', 'workflow', 'scale']

const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: { parser: { syntax: 'typescript', explicitResourceManagement: true }, target: 'es2022' },
      module: { type: 'es6' },
      sourceMaps: 'inline',
    },
  ],
}

export default {
  projects: layers.map((layer) => ({
    displayName: layer,
    testEnvironment: 'node',
    testMatch: [`<rootDir>/__tests__/${layer}/**/*.test.ts`],
    extensionsToTreatAsEsm: ['.ts'],
    moduleFileExtensions: ['ts', 'mjs', 'js', 'json', 'node'],
    modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/examples/'],
    transform,
  })),
}

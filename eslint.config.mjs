import js from '@eslint/js'
import tseslint from 'typescript-eslint'
import { arrowsPlugin } from './script/lint.d/arrows.mjs'

const nodeGlobals = Object.fromEntries(
  ['console', 'process', 'Buffer', 'URL', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'fetch', 'AbortSignal',
    'AbortController', 'performance', 'TextDecoder', 'TextEncoder', 'structuredClone'].map((name) => [name, 'readonly']),
)

// What a part that is pure has passed in instead.
const impure = ['process', 'console', 'fetch', 'Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate']

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'examples/', '__tests__/host/practice/app/', '__tests__/host/seen/app/', '**/.venv/', 'src/inputs/generated/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  { files: ['**/*.mjs'], languageOptions: { globals: nodeGlobals } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['warn', 300],
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // `() => doIt()` and numbers in messages are plain enough.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Takes a getter that changes under an `await` for a constant, and one implementation of an interface for another.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Whoever refuses control characters has to name them.
      'no-control-regex': 'off',
      // Fits interfaces that ask for a promise of what a short implementation knows at once.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { slipway: arrowsPlugin },
    rules: {
      'slipway/arrows': 'error',
      'no-restricted-syntax': ['error', {
        selector: "MemberExpression[object.type='MetaProperty'][property.name!='dirname']",
        message: 'The bundler writes the path of this machine in its place: use import.meta.dirname.',
      }],
    },
  },
  { files: ['src/rollout/**/*.ts'], rules: { 'no-restricted-globals': ['error', ...impure] } },
  {
    files: ['__tests__/**/*.ts', 'rig/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // A test that gets something else than it asserts fails all the same.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
)

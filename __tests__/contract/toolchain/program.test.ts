import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { withoutWords } from '../../../script/build.d/python.mjs'
import { root } from './tree'

/** Both trees, each file by file: the same program but for what documents it, each statement on its line. */
const compare = `
import ast, pathlib, sys

def known(text):
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(node) is not None:
            node.body[0].value.value = ''
    return ast.dump(tree), [node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)]

source, built = map(pathlib.Path, sys.argv[1:])
files = sorted(path.relative_to(built) for path in built.rglob('*.py'))
print(len(files), *[path for path in files if known((source / path).read_text()) != known((built / path).read_text())])
`

it('hosts get the program that is tested, without what is for people who read it', () => {
  const [number, ...different] = execFileSync('python3', ['-c', compare, join(root, 'src/targets/host/program'), join(root, 'dist/host/program')], { encoding: 'utf8' }).trim().split(' ')
  expect(different).toEqual([])
  expect(Number(number)).toBeGreaterThan(100)
})

it.each([
  ['#!/usr/bin/env python3\n# What it does.\nx = 1  # one\n', '#!/usr/bin/env python3\n\nx = 1  # one\n'],
  ['"""What\n\nit is."""\nx = 1\n', "''\n\n\nx = 1\n"],
  ['def f():\n    """Does."""\n', "def f():\n    ''\n"],
  ['x = """\n# not a comment\n"""\n', 'x = """\n# not a comment\n"""\n'],
  ['x = (\n    """text"""\n)\n', 'x = (\n    """text"""\n)\n'],
  ['x = \\\n    """text"""\n', 'x = \\\n    """text"""\n'],
  ["x = 'it\\'s # no comment'\n# one\n", "x = 'it\\'s # no comment'\n\n"],
  ['x = r"\\"  # "\ny = f"""{x}\n# a line"""\n', 'x = r"\\"  # "\ny = f"""{x}\n# a line"""\n'],
  ['return"#"\n# one\n', 'return"#"\n\n'],
])('%j', (source, built) => expect(withoutWords(source)).toBe(built))

''
import re

from .failures import Failure, evidence
from .installers import MANAGERS
from .words import decisive

_TAGGED = 'Correct the names and versions in {what}, try it at home with `{attempt}`{where}, commit, and tag again.'
_VERDICTS = (

    ('disk-full', r'No space left on device|ENOSPC|os error 28',
     'The disk became full while the environment was made.', 'Free space on the host (df -h, df -i), then deploy again.'),
    ('hashes-incomplete', r'In .--require-hashes. mode, all requirements must',
     'Some requirements in {what} have a hash, and others have none.',
     'Write all of them with hashes: `uv pip compile --generate-hashes -o {what} requirements.in`{where}, commit, and tag again.'),
    ('hash-mismatch', r'Hash mismatch for|EINTEGRITY|ERR_PNPM_TARBALL_INTEGRITY|YN0018|Integrity check failed',
     'A package is not the one that was locked: its hash differs.',
     'Find out why before anything else: the index was changed, or what lies between. Only then lock anew (`{relock}`{where}).'),
    ('lock-out-of-step', (r'lockfile at .* needs to be updated|npm ci. can only install|npm (?:error|ERR!) code EUSAGE'
                          r'|ERR_PNPM_OUTDATED_LOCKFILE|ERR_PNPM_LOCKFILE_CONFIG_MISMATCH|ERR_PNPM_NO_LOCKFILE|YN0028'
                          r'|Your lockfile needs to be updated'),
     '{lock} does not fit {package}.',
     'Run `{relock}`{where} at home, commit {lock}, and tag again.'),
    ('manager-unverified', r'No compatible signature found|Mismatch hashes|Signature does not match',
     'The package manager that package.json names could not be verified.',
     'Write its version with its hash: `corepack use {manager}`{where} at home does, commit package.json, and tag again.'),
    ('index-refused', (r'\b401\b.*(?:Unauthorized|authent)|\b403\b.*Forbidden|HTTP status client error \(40[13]|code E40[13]'
                      r'|ERR_PNPM_FETCH_40[13]|YN0041|YN0033|status code 40[13]|error.*"?40[13] '),
     'The package index wants credentials that it was not given, or others.',
     '{credentials}'),
    ('index-unreachable', (r'Could not connect|error sending request|dns error|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT'
                           r'|Connection refused'),
     'The package index does not answer from this host.',
     'Check from the host: `curl -I` the address that {installer} names below; open the firewall or set a mirror, then deploy again.'),
    ('requirements-unresolvable', (r'No solution found|was not found in the package registry|npm (?:error|ERR!) code (?:ETARGET|E404)'
                                   r'|no versions of|ERR_PNPM_NO_MATCHING_VERSION|ERR_PNPM_FETCH_404|YN0082|YN0035'),
     'What {what} asks for cannot be resolved.', _TAGGED),
    ('package-build-failed', (r'Failed to build|Failed to download and build|build backend|gyp ERR|command .gcc. failed|node-gyp'
                              r'|npm (?:error|ERR!) code 1\b|YN0009|ELIFECYCLE'),
     'A package could not be built on this host.',
     ('Read what its build says below. If it misses a library, add its package to `packages` in slipway.yml and run setup-vm, or use '
      'a version that comes as a wheel or prebuilt binary; if the package is your own, correct it. Then tag again.')),
)


_COMPILER = (r"No such file or directory: '(?:\S+-)?(?:gcc|cc|clang)'|unable to execute '?(?:\S+-)?(?:gcc|cc)|command '?(?:\S+-)?(?:gcc|cc)'? failed: No such file|linker `cc` not found"
             r'|(?:gcc|cc): (?:command )?not found|make: (?:\S+-)?(?:gcc|cc): No such|Unknown compiler\(s\)'
             r'|No CMAKE_C_COMPILER could be found|no acceptable C compiler|did not find a C compiler|\bcc: No such file')
_MISSING = (
    ((r"No such file or directory: '(?:\S+-)?(?:[gc]\+\+|clang\+\+)'|unable to execute '?(?:\S+-)?[gc]\+\+|command '?(?:\S+-)?[gc]\+\+'? failed: No such file|[gc]\+\+: (?:command )?not found"
     r'|No CMAKE_CXX_COMPILER could be found|make: (?:\S+-)?[gc]\+\+: No such|cannot execute .cc1plus'), ['g++']),
    (r'not found: make\b|spawn make ENOENT|make: (?:command )?not found', ['build-essential']),
    (r'cmake.*(?:command )?not found|CMake must be installed|No such file or directory: .cmake', ['cmake']),
    (r'pkg-config.*(?:not found|No such file)|Can not find valid pkg-config', ['pkg-config']),
    (r'cargo.*not (?:found|installed|on PATH)|No such file or directory: .cargo|can.t find Rust compiler|rustc.*not found', ['cargo']),
    (r'pg_config executable not found|libpq-fe\.h: No such|pg_config.*not found', ['libpq-dev']),
    (r'mysql_config.*not found|mysqlclient.*not found|mysql\.h: No such|pkg-config.*mysqlclient', ['default-libmysqlclient-dev', 'pkg-config']),
    (r'\bffi\.h: No such', ['libffi-dev']),
    (r'openssl/\w+\.h: No such', ['libssl-dev']),
    (r'libxml/\w+\.h: No such|xml2-config|xslt-config.*not found|libxml2 and libxslt', ['libxml2-dev', 'libxslt1-dev']),
    (r'xmlsec1?.*(?:not found|not installed)', ['libxmlsec1-dev', 'pkg-config']),
    (r'files could not be found for jpeg|jpeglib\.h: No such', ['libjpeg-dev']),
    (r'zlib\.h: No such|files could not be found for zlib', ['zlib1g-dev']),
    (r'\b(?:lber|ldap)\.h: No such', ['libldap2-dev', 'libsasl2-dev']),
    (r'\b(?:stdio|stdlib|limits|string|assert)\.h: No such|crti\.o: No such', ['libc6-dev']),
)


def missing_packages(environment, output):
    ''
    found = []

    of_distribution = environment.runtime == 'python' and environment.executable.startswith('/usr/bin/')
    headers = ['python3-dev'] if of_distribution else ['libc6-dev']
    if re.search(_COMPILER, output):
        found += ['gcc', *headers] if environment.runtime == 'python' else ['build-essential']
    if re.search(r'Python\.h: No such file', output) and of_distribution:
        found += headers
    for pattern, packages in _MISSING:
        if re.search(pattern, output):
            found += packages
    if 'build-essential' in found:
        found = [name for name in found if name not in ('gcc', 'g++', 'libc6-dev')]
    return list(dict.fromkeys(found))


def judge(environment, code, output, packages=()):
    ''
    facts = _facts(environment)
    said = decisive(output)
    why = f'{facts["installer"]} says: {said}' if said else ''
    told = [evidence(f'{environment.runtime} environment of {facts["folder"]}', output)]
    lacking = [name for name in missing_packages(environment, output) if name not in packages]
    if lacking and not re.search(_VERDICTS[0][1], output):
        line = f'packages: [{", ".join([*packages, *lacking])}]'
        return Failure('compiler-missing', f'A package has to be compiled, and this host lacks what that takes: {", ".join(lacking)}.', why,
                       f'Add to slipway.yml, at the top level: `{line}`. Commit, run setup-vm, which installs them, and tag again.', told)
    found = ('install-failed', 'The environment could not be made.', 'Read what {installer} says below, correct it, and tag again.')
    if code in (137, 247) or re.search('out of memory', output, re.IGNORECASE):
        found = ('out-of-memory', '{installer} was killed: the host ran out of memory.',
                 'Give the host more memory or swap, or build wheels elsewhere, then deploy again.')
    else:
        for verdict, pattern, words, cure in _VERDICTS:
            if re.search(pattern, output, re.IGNORECASE):
                found = (verdict, words, cure)
                break
    verdict, words, cure = found
    return Failure(verdict, words.format(**facts), why, cure.format(**facts), told)


_PYTHON_CREDENTIALS = (
    'Name the index in pyproject.toml (`[[tool.uv.index]]` with `name = "corp"`), or write `--index-url https://user:${TOKEN}@…` in '
    'the requirements file; then give the step the variable: in slipway.yml `install: {{ secrets: [UV_INDEX_CORP_PASSWORD] }}`, '
    'and its value as `env` of the workflow\'s step.')
_NODE_CREDENTIALS = (
    'Write the token\'s variable in the repository\'s {rc}, in slipway.yml `install: {{ secrets: [NPM_TOKEN] }}`, and give its value '
    'as `env` of the workflow\'s step.')


def _facts(environment):
    folder = environment.folder
    tool = environment.install['tool']
    python = environment.runtime == 'python'
    inside = '' if folder == '.' else f'{folder}/'
    package = 'pyproject.toml' if python else 'package.json'
    what = environment.install.get('file', package)
    name = 'uv' if python else MANAGERS.get(tool, 'npm')
    locks = {'pnpm-lock': 'pnpm-lock.yaml', 'yarn-classic': 'yarn.lock', 'yarn-berry': 'yarn.lock'}
    rc = '.yarnrc.yml (`npmAuthToken: "${NPM_TOKEN}"`)' if tool == 'yarn-berry' else '.npmrc (`//HOST/:_authToken=${NPM_TOKEN}`)'
    return {'folder': 'the root' if folder == '.' else folder, 'what': inside + what, 'package': inside + package,
            'where': '' if folder == '.' else f' in {folder}', 'installer': name,
            'lock': 'uv.lock' if python else locks.get(tool, 'package-lock.json'),
            'relock': 'uv lock' if python else f'{name} install',
            'attempt': f'uv pip compile {what}' if python else f'{name} install',
            'manager': environment.install.get('manager', '').split('+')[0],
            'credentials': (_PYTHON_CREDENTIALS if python else _NODE_CREDENTIALS).replace('{{', '{').replace('}}', '}').replace('{rc}', rc)}

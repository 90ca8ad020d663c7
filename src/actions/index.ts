/**
 * Where every entry of dist/ begins. Only what finds wrong inputs is loaded at once; what does the work comes afterwards, in
 * chunks of its own.
 */
import { failuresOf, type Failure } from '../errors'
import {
  buildImageDeclaration, composeUpDeclaration, helmUpgradeDeclaration, pushReleaseDeclaration, readBuildImage, readComposeUp, readHelmUpgrade,
  readPushRelease, readRoot, readSetupVm, rootDeclaration, secretInputs, setupVmDeclaration, type Declaration,
} from '../inputs'
import { errorCommand, failureCommand, foreign, maskCommands, print } from '../report/commands'

/** What an action's own file exports. */
export interface Entry<Inputs> {
  /** The action; what it throws is printed here, and makes the step red. */
  main(inputs: Inputs): Promise<void>
  /** The inputs were wrong, which is printed already: outputs and summary are still to be written. */
  refused(failures: readonly Failure[]): Promise<void>
  /** After `main`, however it ended: local clean-up. Gets no inputs: what it needs, `main` saved as state. */
  post(): Promise<void>
}

interface Action {
  readonly declaration: Declaration
  /** Reads the inputs, and gives what runs with them. Throws what is wrong with them. */
  readonly prepare: (env: NodeJS.ProcessEnv) => () => Promise<void>
  readonly load: () => Promise<Entry<never>>
}

function action<Inputs>(
  declaration: Declaration,
  read: (env: NodeJS.ProcessEnv) => Inputs,
  load: () => Promise<Entry<Inputs>>,
): Action {
  return {
    declaration,
    load,
    prepare(env) {
      const inputs = read(env)
      return async () => (await load()).main(inputs)
    },
  }
}

const actions = {
  'setup-vm': action(setupVmDeclaration, readSetupVm, () => import('./setup-vm')),
  'push-release': action(pushReleaseDeclaration, readPushRelease, () => import('./push-release')),
  'compose-up': action(composeUpDeclaration, readComposeUp, () => import('./compose-up')),
  'helm-upgrade': action(helmUpgradeDeclaration, readHelmUpgrade, () => import('./helm-upgrade')),
  'build-image': action(buildImageDeclaration, readBuildImage, () => import('./build-image')),
  root: action(rootDeclaration, readRoot, () => import('./root')),
} satisfies Record<string, Action>

export type ActionName = keyof typeof actions
export type Phase = 'main' | 'post'

/** Runs one entry. Never rejects: what goes wrong is printed, and the exit code is 1. */
export async function run(name: ActionName, phase: Phase): Promise<void> {
  const { declaration, prepare, load } = actions[name]
  try {
    for (const secret of secretInputs(declaration, process.env)) print(...maskCommands(secret))
    if (phase === 'post') await (await load()).post()
    else await main(prepare, load)
  } catch (thrown) {
    process.exitCode = 1
    printThrown(thrown)
  }
}

/** Loads an action with all that belongs to it and runs nothing: whether a build is good shows only then. */
export async function load(name: ActionName): Promise<void> {
  await actions[name].load()
}

async function main(prepare: Action['prepare'], load: Action['load']): Promise<void> {
  let start: () => Promise<void>
  try {
    start = prepare(process.env)
  } catch (thrown) {
    process.exitCode = 1
    printThrown(thrown)
    await (await load()).refused(failuresOf(thrown))
    return
  }
  await start()
}

function printThrown(thrown: unknown): void {
  const failures = failuresOf(thrown)
  if (failures.length > 0) {
    print(...failures.map(failureCommand))
    return
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  print(
    errorCommand(`${error.message}\nThis is a bug in Slipway. Please report it with the stack that follows in the log.`, {
      title: 'bug',
    }),
    foreign(error.stack ?? error.message),
  )
}

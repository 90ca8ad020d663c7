/** What an input's text may be; read from the end of its description in action.yml. */
export type InputType =
  | { readonly kind: 'text' }
  | { readonly kind: 'secret' }
  /** A file of which only tokens and keys are secret. */
  | { readonly kind: 'kubeconfig' }
  /** Text of several lines, taken as it stands. */
  | { readonly kind: 'block' }
  /** A line each; empty lines and `#` comments are left out. */
  | { readonly kind: 'lines' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'count'; readonly least: number }
  /** Read as seconds. */
  | { readonly kind: 'duration' }

export interface DeclaredInput {
  /** As in action.yml. */
  readonly name: string
  readonly type: InputType
  readonly required?: true
  /** Holds when the input is empty too: an explicit empty string keeps the runner from applying its default. */
  readonly fallback?: string
}

/** An action's inputs by the name of their property. */
export type Declaration = Readonly<Record<string, DeclaredInput>>

/** How the runner hands an input over. Hyphens stay as they are. */
export function variableOf(input: string): string {
  return `INPUT_${input.replaceAll(' ', '_').toUpperCase()}`
}

/** Lines that are only a comment are empty, and what documents a module, a class or a function is `''`. */
export function withoutWords(text: string): string

/** Headers that every call of this protocol has. */

/** The version of a call that names none. */
export const DEFAULT_ANTHROPIC_VERSION = '2023-06-01'

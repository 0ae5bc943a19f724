/** Headers that every call of this protocol carries. */

/** The version that a call is taken to mean where it names none. */
export const DEFAULT_ANTHROPIC_VERSION = '2023-06-01'

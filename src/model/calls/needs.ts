/** What a call can need of its target. */

/** A model either has it or not. */
export const ABILITIES = [
  'tools',
  'images',
  'pdfs',
  'audio',
  'json_schema',
  'reasoning',
  'streaming',
] as const

export type Ability = (typeof ABILITIES)[number]

/** What is known of a model. An ability that is not here is unknown. */
export type Abilities = { readonly [ability in Ability]?: boolean }

/** `context`: room for the input. `protocol`: a protocol that can say what the client says. */
export type Need = Ability | 'context' | 'protocol'

/** Chooses the public tokenizer for a model. */

export type EncodingName = 'o200k_base' | 'cl100k_base'

/** gpt-4 and gpt-3.5 with their dated forms. gpt-4o, gpt-4.1 and all later models use the newer one. */
const OLDER = /^(?:gpt-4(?:-|$)|gpt-3|gpt-35|text-embedding-)/

/** For a model whose tokenizer is not public, the newer one is the closest. */
export const encodingOf = (model: string): EncodingName =>
  OLDER.test(bareModelName(model)) ? 'cl100k_base' : 'o200k_base'

/** Without the provider prefix and without what fine-tuning adds. */
export const bareModelName = (model: string): string =>
  model.slice(model.lastIndexOf('/') + 1).replace(/^ft:/, '')

/** Configuration of a LangChain provider. */
import type { Deadlines } from '../deadlines.ts'
import type { ClassOptions } from './models/instances.ts'

export interface LangchainOptions {
  readonly name: string
  readonly chat?: ClassOptions
  readonly embeddings?: ClassOptions
  readonly deadlines?: Partial<Deadlines>
}

const PACKAGE = '@langchain/'

/** The vendor as LangChain spells it, or '' if the class is in no package of one vendor. */
export const langchainVendor = ({ chat, embeddings }: LangchainOptions): string => {
  const source = (chat ?? embeddings)?.source
  if (!source) return ''
  if ('model' in source)
    return source.model.slice(0, source.model.indexOf(':')).replaceAll('_', '-')
  return source.module.startsWith(PACKAGE) ? source.module.slice(PACKAGE.length) : ''
}

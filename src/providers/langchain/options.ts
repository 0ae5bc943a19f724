/** Configuration of a LangChain provider. */
import type { Deadlines } from '../deadlines.ts'
import type { ClassOptions } from './models/instances.ts'

export interface LangchainOptions {
  readonly name: string
  readonly chat?: ClassOptions
  readonly embeddings?: ClassOptions
  readonly deadlines?: Partial<Deadlines>
}

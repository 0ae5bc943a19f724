/** Finds the keys among the options of a class, so that nothing that is logged or answered holds them. */
import { isJsonObject } from '#model'
import type { LangchainOptions } from './options.ts'

const SECRET = /key|secret|token|password|credential|authorization/i
/** Shorter ones are words that stand in any text. */
const MIN_LENGTH = 8

export const langchainSecrets = ({ chat, embeddings }: LangchainOptions): string[] =>
  [chat, embeddings].flatMap((each) => (each ? secretsIn(each.options, false) : []))

const secretsIn = (value: unknown, isSecret: boolean): string[] => {
  if (typeof value === 'string') return isSecret && value.length >= MIN_LENGTH ? [value] : []
  if (Array.isArray(value)) return value.flatMap((item) => secretsIn(item, isSecret))
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([name, member]) =>
    secretsIn(member, isSecret || SECRET.test(name)),
  )
}

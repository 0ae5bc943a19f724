/** Finds the keys among the options of a class, so that they can be redacted from logs and answers. */
import { isJsonObject } from '#model'
import type { LangchainOptions } from './options.ts'

const SECRET = /key|secret|token|password|credential|authorization/i
/** Shorter values are words that may occur in any text. */
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

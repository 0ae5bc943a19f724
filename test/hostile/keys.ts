/** Who calls, and what no client may ever see. */
import { DEFAULT_KEYS } from '../tools/upstream/keys.ts'

export const GOOD_KEY = 'sk-good-caller-of-the-run'
/** Several, so that a share of each is no share of all. */
export const HOSTILE_KEYS = ['sk-hostile-caller-one', 'sk-hostile-caller-two'] as const
/** Of the upstream that is hostile itself. */
export const HOSTILE_UPSTREAM_KEY = 'sk-upstream-of-the-hostile'

/** Keys of the operator's: a client that gets one of them has robbed the house. */
const OPERATOR_KEYS: readonly string[] = [
  ...Object.values(DEFAULT_KEYS).filter((key) => key !== null),
  HOSTILE_UPSTREAM_KEY,
]

const ESCAPE = /\\+u([0-9a-f]{4})/gi

/** As a client reads it: a key is none the less told where its letters are escaped. */
const unescape = (text: string): string =>
  text.replace(ESCAPE, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

/** The operator's key that stands in what a client got. */
export const findKey = (text: string): string | undefined => {
  const decoded = text.includes('\\u') ? unescape(text) : text
  return OPERATOR_KEYS.find((key) => text.includes(key) || decoded.includes(key))
}

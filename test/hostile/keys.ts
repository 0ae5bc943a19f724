/** Who calls, and what no client may ever see. */
import { DEFAULT_KEYS } from '../tools/upstream/keys.ts'

export const GOOD_KEY = 'sk-good-caller-of-the-run'
/** Several, so that each has only a share. */
export const HOSTILE_KEYS = ['sk-hostile-caller-one', 'sk-hostile-caller-two'] as const
/** Of the upstream that is hostile itself. */
export const HOSTILE_UPSTREAM_KEY = 'sk-upstream-of-the-hostile'

/** Keys of the operator: no client may ever receive one of them. */
const OPERATOR_KEYS: readonly string[] = [
  ...Object.values(DEFAULT_KEYS).filter((key) => key !== null),
  HOSTILE_UPSTREAM_KEY,
]

const ESCAPE = /\\+u([0-9a-f]{4})/gi

/** As a client reads it: an escaped key is still a leak. */
const unescape = (text: string): string =>
  text.replace(ESCAPE, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

/** The operator's key in what a client received. */
export const findKey = (text: string): string | undefined => {
  const decoded = text.includes('\\u') ? unescape(text) : text
  return OPERATOR_KEYS.find((key) => text.includes(key) || decoded.includes(key))
}

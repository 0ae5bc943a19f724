/** Judges what the routes of sessions answer. */
import { checkChatError } from '../tools/checkers/index.ts'
import { isRecord } from '../tools/checkers/shape.ts'
import type { Exchange, Reply } from './exchange.ts'
import { judgeClose, judgeUnsound, SECRETS, STATUSES, toJson, toWellFormed } from './judge.ts'
import type { Mutant } from './mutants.ts'

const SESSION_STATUSES = new Set([...STATUSES, 201, 202, 409, 499])
/** Of a run, by the error of the upstream. */
const UPSTREAM_STATUSES = new Set([500, 502, 504, 508, 529])

/** Nothing answers 5xx but 503, unless a run says what its upstream did. */
export const judgeSession = (mutant: Mutant, { reply, ended, fault }: Exchange): string[] => {
  if (fault !== undefined) return [fault]
  return reply ? judgeReply(mutant, reply) : judgeClose(mutant, ended)
}

const judgeReply = (
  { route, isSound, bytes }: Mutant,
  { status, headers, body }: Reply,
): string[] => {
  const text = toWellFormed(body)
  if (text === undefined) return ['the answer is not valid UTF-8']
  const leak = SECRETS.find((secret) => text.includes(secret))
  if (leak !== undefined) return [`the answer holds ${leak}`]
  const isOfRun = route === 'api_chat' && !text.includes('"internal"')
  const isKnown = SESSION_STATUSES.has(status) && !UPSTREAM_STATUSES.has(status)
  if (isSound && !isKnown && !(isOfRun && status >= 400))
    return [`the status is ${status}: ${text}`]
  if (status < 400) return isSound ? judgeFound(headers.get('content-type'), status, text) : []
  // Its head may have become that of any route.
  if (!isSound) return judgeUnsound({ status, headers, body }, text)
  if (bytes.subarray(0, 5).toString('latin1') === 'HEAD ') return []
  const type = headers.get('content-type')
  if (type !== 'application/json') return [`the content-type of an error is ${type}`]
  return checkChatError(toJson(text))
}

const judgeFound = (type: string | undefined, status: number, text: string): string[] => {
  if (status === 204) return text === '' ? [] : ['there is a body where nothing is said']
  if (type?.startsWith('text/markdown')) return []
  if (type !== 'application/json') return [`the content-type is ${type}`]
  return isRecord(toJson(text)) ? [] : [`the answer is no object: ${text.slice(0, 200)}`]
}

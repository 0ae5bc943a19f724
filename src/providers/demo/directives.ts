/** Reads the instructions of a prompt to the demo: `[[name rest]]`, in the order of the text. */
import { GatewayError, invalidRequest } from '#model'
import { toUpstreamCode } from '#protocols'

/** The instructions for one answer. */
export interface Script {
  readonly parts: readonly ScriptPart[]
  readonly paceMs?: number
  readonly delayMs?: number
  /** The answer ends with `length`: after this many tokens, or after its last one. */
  readonly lengthTokens?: number
  readonly fault?: Fault
}

export type ScriptPart =
  | { readonly kind: 'say' | 'think' | 'refuse'; readonly text: string }
  | { readonly kind: 'tokens'; readonly count: number }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: string | undefined }

export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterMs?: number }
  /** Without a count, the fault comes before the answer starts. */
  | { readonly kind: 'cut' | 'garbage' | 'stall'; readonly afterDeltas?: number }

export interface Prompt {
  /** One for each answer: the first, and those after tool results. */
  readonly scripts: readonly Script[]
  /** The text without the directives. */
  readonly text: string
}

/** Upper limits: a mistyped number must not occupy the server for days. */
const MAX_TOKENS = 100_000
const MAX_MS = 3_600_000
/** Directives beyond this number are plain text. */
const MAX_DIRECTIVES = 1_000
const MAX_ARGUMENTS = 65_536

const wrong = (name: string, wants: string): GatewayError =>
  invalidRequest(`The demo directive [[${name}]] wants ${wants}.`)

const toCount = (name: string, rest: string, limit: number): number => {
  const count = /^\d+$/.test(rest) ? Number(rest) : Number.NaN
  if (!(count <= limit)) throw wrong(name, `a whole number up to ${limit}`)
  return count
}

const toFault =
  (kind: 'cut' | 'garbage' | 'stall') =>
  (rest: string): Partial<Script> => ({
    fault: rest === '' ? { kind } : { kind, afterDeltas: toCount(kind, rest, MAX_TOKENS) },
  })

const toStatus = (rest: string): Partial<Script> => {
  const match = /^(?<status>[45]\d\d)(?:\s+retry-after=(?<seconds>\d{1,4}))?$/.exec(rest)
  if (!match) throw wrong('status', 'a status from 400 to 599, then perhaps retry-after=SECONDS')
  const status = Number(match.groups?.status)
  const seconds = match.groups?.seconds
  return {
    fault:
      seconds === undefined
        ? { kind: 'status', status }
        : { kind: 'status', status, retryAfterMs: Number(seconds) * 1000 },
  }
}

const SETTINGS: Readonly<Record<string, (rest: string) => Partial<Script>>> = {
  pace: (rest) => ({ paceMs: toCount('pace', rest, MAX_MS) }),
  delay: (rest) => ({ delayMs: toCount('delay', rest, MAX_MS) }),
  length: (rest) => ({
    lengthTokens: rest === '' ? Infinity : toCount('length', rest, MAX_TOKENS),
  }),
  status: toStatus,
  cut: toFault('cut'),
  garbage: toFault('garbage'),
  stall: toFault('stall'),
}

const toCall = (rest: string): ScriptPart => {
  const name = /^\S*/.exec(rest)?.[0] ?? ''
  if (name === '') throw wrong('call', "a tool's name, then perhaps its arguments")
  const input = rest.slice(name.length).trim()
  return { kind: 'call', name, arguments: input === '' ? undefined : input }
}

const PARTS: Readonly<Record<string, (rest: string) => ScriptPart>> = {
  say: (text) => ({ kind: 'say', text }),
  think: (text) => ({ kind: 'think', text }),
  refuse: (text) => ({ kind: 'refuse', text }),
  tokens: (rest) => ({ kind: 'tokens', count: toCount('tokens', rest, MAX_TOKENS) }),
  call: toCall,
}

const NEXT = 'next'
const NAMES = [...Object.keys(SETTINGS), ...Object.keys(PARTS), NEXT]
const OPENING = new RegExp(`\\[\\[(${NAMES.join('|')})(?:\\s+|(?=\\]\\]))`, 'g')

/** @throws GatewayError `invalid_request` if a directive is incomplete. */
export const readPrompt = (text: string): Prompt => {
  const scripts: { parts: ScriptPart[]; settings: Partial<Script> }[] = []
  let script = { parts: [] as ScriptPart[], settings: {} as Partial<Script> }
  scripts.push(script)
  let left = ''
  let position = 0

  for (const { name, rest, start, end } of directivesOf(text)) {
    left += text.slice(position, start)
    position = end
    const part = PARTS[name]
    const setting = SETTINGS[name]
    if (part) script.parts.push(part(rest))
    else if (setting) Object.assign(script.settings, setting(rest))
    else {
      script = { parts: [], settings: {} }
      scripts.push(script)
    }
  }
  return {
    scripts: scripts.map(({ parts, settings }) => ({ ...settings, parts })),
    text: (left + text.slice(position)).trim(),
  }
}

export const hasDirectives = (text: string): boolean => !directivesOf(text).next().done

interface Directive {
  readonly name: string
  readonly rest: string
  readonly start: number
  readonly end: number
}

const directivesOf = function* (text: string): Generator<Directive, undefined> {
  const opening = new RegExp(OPENING)
  for (let count = 0; count < MAX_DIRECTIVES; count++) {
    const match = opening.exec(text)
    const name = match?.[1] ?? ''
    const close = match ? closingOf(text, opening.lastIndex, name) : -1
    if (!match || close === -1) return
    yield {
      name,
      rest: text.slice(opening.lastIndex, close).trim(),
      start: match.index,
      end: close + 2,
    }
    opening.lastIndex = close + 2
  }
}

/** The arguments of a call may contain `]]`, so the call ends at the first one that leaves complete JSON. */
const closingOf = (text: string, start: number, name: string): number => {
  const first = text.indexOf(']]', start)
  if (name !== 'call') return first
  let close = first
  for (let tries = 0; tries < 32 && close !== -1 && close - start <= MAX_ARGUMENTS; tries++) {
    const input = text.slice(start, close).replace(/^\S*\s*/, '')
    if (input === '' || isJson(input)) return close
    close = text.indexOf(']]', close + 1)
  }
  return first
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Converts a fault to the error of a real upstream; a stalled answer has none. */
export const toError = (fault: Fault): GatewayError | undefined => {
  switch (fault.kind) {
    case 'status': {
      const { status, retryAfterMs } = fault
      return new GatewayError(
        toUpstreamCode(status),
        `The demo was asked to answer with ${status}.`,
        retryAfterMs === undefined ? { status } : { status, retryAfterMs },
      )
    }
    case 'cut':
      return new GatewayError('upstream_broken', 'The demo was asked to cut its answer.')
    case 'garbage':
      return new GatewayError('upstream_invalid', 'The demo was asked to answer with garbage.')
    case 'stall':
      return undefined
  }
}

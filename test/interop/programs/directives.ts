/** The directives in a prompt that set the answer of the scripted upstream. */

export type Failure = { status: number; message: string; headers?: Record<string, string> }
export type Step = string | Failure

const WORDS = 'one two three four five six seven eight nine ten eleven twelve '.repeat(4).trim()

export const say = (text: string): string => `[[say ${text}]]`
export const call = (name: string, input: object | string): string =>
  `[[call ${name} ${typeof input === 'string' ? input : JSON.stringify(input)}]]`
export const reason = (text: string): string => `[[think ${text}]]`
export const redact = (): string => '[[redacted]]'
export const stopAtLimit = (): string => '[[stop length]]'

/** A long answer, slow enough to be left in the middle. */
export const drip = (): string => `${say(WORDS)} [[pace 100]]`
export const wait = (ms: number): string => `${say('late')} [[delay ${ms}]]`

/** The first words of an answer, then one of the ways in which a stream can go wrong. */
export const failInside = (message: string): string =>
  `${say(WORDS)} [[error 6 overloaded_error ${message}]]`
export const failAtOnce = (message: string): string =>
  `${say(WORDS)} [[error 1 api_error ${message}]]`
export const cut = (): string => `${say(WORDS)} [[cut 6]]`
export const endEarly = (): string => `${say(WORDS)} [[end 6]]`

export const fail = (status: number, message: string, headers?: Record<string, string>): string =>
  inTurn({ status, message, ...(headers && { headers }) })

/** One step for each request that carries this prompt; the last one stays. */
export const inTurn = (...steps: Step[]): string => `<steps>${JSON.stringify(steps)}</steps>`

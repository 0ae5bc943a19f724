/** Failures in the log of a complete run that no answer showed. */
import { SECRETS } from './judge.ts'

export interface LogFault {
  /** The request that it is about, where there is one. */
  readonly requestId: string | undefined
  readonly what: string
}

const ERROR = 50
/** An operator's fault is logged as an error, and an upstream here can simulate one. */
const EXPECTED = new Set([
  'the provider refuses the configured key',
  'the provider refuses this request to the configured key',
])

/** @param called the requests of which a line must tell. */
export const judgeLog = (log: string, called: ReadonlySet<string>): LogFault[] => {
  const told = new Map<string, number>()
  const faults: LogFault[] = []
  for (const text of log.split('\n')) {
    if (text === '') continue
    const line = toLine(text)
    if (!line) {
      faults.push({ requestId: undefined, what: `no JSON in the log: ${text.slice(0, 200)}` })
      continue
    }
    const { requestId, msg, outcome, level } = line
    const fail = (what: string) =>
      faults.push({ requestId, what: `${what}: ${text.slice(0, 1_500)}` })
    if (SECRETS.some((secret) => text.includes(secret))) fail('the log holds a key')
    if (outcome === 'internal') fail('the outcome is internal')
    if (Number(level) >= ERROR && !EXPECTED.has(String(msg))) fail('an error is logged')
    if (requestId !== undefined && (msg === 'call' || msg === 'refused')) {
      told.set(requestId, (told.get(requestId) ?? 0) + 1)
      if (outcome === 'client_left' && called.has(requestId))
        fail('who got an answer is said to have left')
    }
  }
  for (const requestId of called) {
    const lines = told.get(requestId) ?? 0
    if (lines !== 1) faults.push({ requestId, what: `${lines} lines of the log tell of the call` })
  }
  return faults
}

interface Line {
  readonly requestId?: string
  readonly msg?: unknown
  readonly outcome?: unknown
  readonly level?: unknown
}

const toLine = (text: string): Line | undefined => {
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}

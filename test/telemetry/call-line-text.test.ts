/** The line of a call is written without pino: as pino would write it, and without secrets. */
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { NO_USAGE, type Settlement } from '#model'
import { createCallLines, createLog, createLogRedactor, type LogLevel } from '#telemetry'

const SECRET = 'a "quoted" secret/of ours'

const settled: Settlement = {
  requestId: 'req_1',
  callerId: 'anonymous',
  route: 'POST /v1/messages',
  endedAtMs: 1_790_000_000_000,
  model: 'claude-sonnet-5',
  target: { provider: 'anthropic', model: 'claude-sonnet-5' },
  lane: 'relay',
  protocol: 'anthropic-messages',
  usage: { ...NO_USAGE, inputTokens: 1000, cacheReadTokens: 600, outputTokens: 77 },
  cost: 0.0123,
  firstByteMs: 1.2345,
  durationMs: 20,
  attempts: 1,
  outcome: 'ok',
  status: undefined,
  ending: undefined,
}

const written = (settlements: readonly Settlement[], level: LogLevel = 'info'): string[] => {
  const lines: string[] = []
  const sink = { write: (line: string) => void lines.push(line), flush: () => undefined }
  const redact = createLogRedactor([SECRET])
  const settler = createCallLines(createLog({ level, redact, sink }), redact)
  for (const settlement of settlements) settler(settlement)
  return lines
}

/** The fields and their order. */
const byPino = (of: Settlement): string => {
  let line = ''
  const log = pino(
    { base: null, timestamp: () => `,"time":${of.endedAtMs}` },
    { write: (text: string) => (line = text) },
  )
  log.info(
    {
      requestId: of.requestId,
      answerId: of.answerId,
      caller: of.callerId,
      route: of.route,
      model: of.model,
      target: of.target && `${of.target.provider}/${of.target.model}`,
      tokensIn: of.usage.inputTokens,
      tokensOut: of.usage.outputTokens,
      tokensCached: of.usage.cacheReadTokens,
      estimated: of.usage.estimated ?? false,
      cost: of.cost,
      firstByteMs: of.firstByteMs && Math.round(of.firstByteMs * 10) / 10,
      durationMs: Math.round(of.durationMs * 10) / 10,
      attempts: of.attempts,
      outcome: of.outcome,
      ending: of.ending,
      status: of.status,
    },
    'call',
  )
  return line
}

const named = (model: string): Partial<Settlement> => ({
  model,
  target: { provider: 'here', model },
})

const SETTLEMENTS: [string, Partial<Settlement>][] = [
  ['a good call', {}],
  ['a call that was refused before it had a model', { model: undefined, target: undefined }],
  ['a failure', { outcome: 'upstream_broken', status: 502, firstByteMs: undefined, attempts: 3 }],
  ['an estimate', { usage: { ...NO_USAGE, outputTokens: 12, estimated: true } }],
  ['a call whose price is unknown', { cost: null }],
  ['a call that cost nothing', { cost: 0 }],
  ['an odd ending', { ending: 'a new "word"', outcome: 'upstream_failed' }],
  ['a name that must be escaped', named('a"b\\c/d')],
  ['a name with controls', named('a\nb\u0000c\u2028d')],
  ['a name of many letters', named(`${'東京 🏝 café '.repeat(40)}"`)],
  ['sums without a bound', { usage: { ...NO_USAGE, inputTokens: Infinity, outputTokens: 1e21 } }],
  ['an answer with the id of its upstream', { answerId: 'req "of" theirs' }],
  ['durations', { firstByteMs: 0.04, durationMs: 123_456.789 }],
]

describe('the line of a call', () => {
  it.each(SETTLEMENTS)('is what pino would write: %s', (_, more) => {
    const settlement = { ...settled, ...more }
    expect(written([settlement])).toEqual([byPino(settlement)])
  })

  it('holds no secret and no key in what others said, however often they say it', () => {
    const texts = [SECRET, 'sk-an-unknown-key-of-somebody', JSON.stringify(SECRET), 'plain']
    const all = [...texts, ...texts].map((text) => ({
      ...settled,
      ...named(text),
      ending: text,
      answerId: text,
    }))
    const lines = written(all).map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map(({ model }) => model)).toEqual([
      '[redacted]',
      '[redacted]',
      '"[redacted]"',
      'plain',
      '[redacted]',
      '[redacted]',
      '"[redacted]"',
      'plain',
    ])
    expect(lines.map(({ target }) => target)).toEqual(
      lines.map(({ model }) => `here/${String(model)}`),
    )
    expect(lines.map(({ ending }) => ending)).toEqual(lines.map(({ model }) => model))
    expect(lines.map(({ answerId }) => answerId)).toEqual(lines.map(({ model }) => model))
  })

  it('is right for more names than are remembered', () => {
    const all = Array.from({ length: 1000 }, (_, at) => ({ ...settled, ...named(`m${at % 600}`) }))
    expect(written(all)).toEqual(all.map(byPino))
  })

  it('is not written where the log wants less', () => {
    expect(written([settled], 'warn')).toEqual([])
  })
})

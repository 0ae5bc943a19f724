/** Sends a call by every way to an upstream with one fault: alone, and with a healthy second target. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AppOptions, ProviderOptions } from '#app'
import type { Deadlines } from '#providers'
import type { LedgerTable } from '#stores'
import { runMany } from '../../tools/app/many-calls.ts'
import { type House, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { FLAT } from '../../tools/gateway/settled-house.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'
import { rowsAt } from '../../tools/stores/ledger-under-test.ts'
import type { Seen } from './dialects.ts'
import type { FaultyUpstream } from './upstreams.ts'
import { type Model, type Way, WAYS } from './ways.ts'

/** What happened to one call. */
export interface Outcome {
  readonly way: Way
  /** Whether a healthy second target was there. */
  readonly hasSecond: boolean
  readonly seen: Seen
  readonly tookMs: number
  /** How often the upstream with the fault was asked. Undefined: it cannot be asked. */
  readonly asked: number | undefined
  readonly row: LedgerTable | undefined
  readonly logged: Readonly<Record<string, unknown>> | undefined
}

/** A list of models, which is answered without the provider that fails. */
export interface ListOutcome {
  readonly dialect: string
  readonly status: number
  readonly tookMs: number
  /** The providers whose models are in it. */
  readonly providers: readonly string[]
}

const AT_ONCE = 16

/** Retries are real. Their waits are not worth a test's time. */
const RETRY: AppOptions['retry'] = { retries: 2, baseMs: 1 }

const named = (prefix: string, provider: ProviderOptions): ProviderOptions => ({
  ...provider,
  name: `${prefix}-${provider.name}`,
})

const targetOf = (prefix: string, { vendor, name }: Model): string => `${prefix}-${vendor}/${name}`

/** An alias for each pair of a model that fails and one that works. */
const pairOf = ({ model, second }: Way): string => `${model.name}-or-${second?.name}`

const PAIRED = WAYS.filter(({ second }) => second !== undefined)

const ALIASES: AppOptions['aliases'] = [
  ...new Map(
    PAIRED.map((way) => [
      pairOf(way),
      {
        name: pairOf(way),
        targets: [
          targetOf('bad', way.model),
          // A realtime conversation needs an upstream with sockets.
          ...(way.kind === 'realtime' ? ['live-openai/gpt-realtime'] : []),
          ...(way.second && way.kind !== 'realtime' ? [targetOf('good', way.second)] : []),
        ],
      },
    ]),
  ).values(),
]

export const runWays = async (
  faulty: FaultyUpstream,
  reaches: (way: Way) => boolean,
  deadlines: Partial<Deadlines> = {},
): Promise<{ readonly outcomes: readonly Outcome[]; readonly lists: readonly ListOutcome[] }> => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-faults-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const healthy = await upstreamForTest()
  const live = await startRealtime()
  const sluice = await sluiceForTest({
    providers: [
      ...[openaiAt, anthropicAt, geminiAt].flatMap((at): ProviderOptions[] => [
        { ...named('bad', at(faulty.url)), deadlines },
        named('good', at(healthy.url)),
      ]),
      named('live', openaiAt(live.url)),
    ],
    aliases: ALIASES,
    prices: FLAT,
    rows: { folder },
    retry: RETRY,
    // Each call must meet the fault, however many have met it before.
    breaker: false,
  })

  const ways = WAYS.filter(reaches)
  const cells = [
    ...ways.map((way) => ({ way, hasSecond: false })),
    ...ways.flatMap((way) => (way.second ? [{ way, hasSecond: true }] : [])),
  ]
  const met: (Pick<Outcome, 'seen' | 'tookMs' | 'asked'> & { readonly mark: string })[] = []
  await runMany(cells.length, AT_ONCE, async (at) => {
    const cell = cells[at]
    if (!cell) return
    const mark = `call${at}.`
    const { way, hasSecond } = cell
    const startedAt = performance.now()
    const seen = await way.ask(
      sluice.url,
      hasSecond ? pairOf(way) : targetOf('bad', way.model),
      mark,
    )
    const tookMs = performance.now() - startedAt
    met[at] = { mark, seen, tookMs, asked: faulty.count?.(mark) }
  })
  const lists = await Promise.all(LISTS.map((list) => readList(sluice, list)))
  await sluice.close()
  const rows = new Map((await rowsAt({ folder })).map((row) => [row.tags, row]))
  const lines = new Map(sluice.log.filter(isCall).map((line) => [line.requestId, line]))
  const outcomes = cells.flatMap(({ way, hasSecond }, at): Outcome[] => {
    const found = met[at]
    if (!found) return []
    const { mark, ...rest } = found
    const row = rows.get(mark)
    return [{ way, hasSecond, ...rest, row, logged: row && lines.get(row.log_request_id) }]
  })
  return { outcomes, lists }
}

const LISTS = [
  ['OpenAI', '/v1/models', {}],
  ['Anthropic', '/v1/models', { 'anthropic-version': '2023-06-01' }],
  ['Gemini', '/v1beta/models', {}],
] as const

const readList = async (
  sluice: House,
  [dialect, path, headers]: (typeof LISTS)[number],
): Promise<ListOutcome> => {
  const startedAt = performance.now()
  const { status, text } = await sluice.send(path, { headers })
  const tookMs = performance.now() - startedAt
  const providers = new Set(
    [...text.matchAll(/"(?:models\/)?((?:bad|good)-\w+)\//g)].map(([, name = '']) => name),
  )
  return { dialect, status, tookMs, providers: [...providers].toSorted() }
}

/**
 * Drives the published clients through a running gateway to the strict upstream and writes
 * docs/compatibility.md. `--only=name,name` plays some clients; `--direct` leaves the gateway out, which
 * shows that the clients and the upstream get along; `--source` starts the gateway without a build.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DEFAULT_KEYS } from '../tools/upstream/keys.ts'
import { startUpstream } from '../tools/upstream/start.ts'
import type { Upstream } from '../tools/upstream/start.ts'
import { installClients } from './clients.ts'
import { LANES, UNAWARE_LANES } from './lanes.ts'
import type { Lane } from './lanes.ts'
import { toMatrix } from './matrix.ts'
import { startOutside } from './outside.ts'
import { startRealtimeUpstream } from './realtime-upstream.ts'
import { createReply } from './replies.ts'
import { play } from './row.ts'
import type { Outcome, ProtocolName, Row } from './row.ts'
import { copyPrograms } from './sdks.ts'
import { startSluice } from './sluice.ts'
import type { Stage } from './stage.ts'

const CALLER_KEY = 'sk-caller-of-the-interop-run'
const ANY_KEY = 'sk-whatever-the-client-has'
const VENDORS = { responses: 'OpenAI', messages: 'Anthropic' }
const OPENAI_KEY = String(DEFAULT_KEYS.openai)
const ANTHROPIC_KEY = String(DEFAULT_KEYS.anthropic)
const GEMINI_KEY = String(DEFAULT_KEYS.gemini)
/** What an upstream is spoken to with, where it is not OpenAI's key. */
const KEYS: Partial<Record<ProtocolName, string>> = { messages: ANTHROPIC_KEY, gemini: GEMINI_KEY }

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    direct: { type: 'boolean', default: false },
    source: { type: 'boolean', default: false },
  },
})
const only = options.only?.split(',')
const isWanted = ({ name }: Lane): boolean => only?.includes(name) ?? true
const chosen = LANES.filter(
  (lane) =>
    isWanted(lane) &&
    // Only a gateway is in front of the Realtime upstream.
    (!options.direct || (lane.speaks === lane.upstream && lane.speaks !== 'realtime')),
)

const say = (line: string) => process.stdout.write(`${line}\n`)

const rows: Row[] = []
let notedAt = performance.now()

const note = (lane: Lane, { scenario, ok, detail }: Outcome) => {
  const { client, speaks, upstream } = lane
  rows.push({ client, speaks, upstream, scenario, ok, detail })
  const now = performance.now()
  const took = `${((now - notedAt) / 1000).toFixed(1)} s`
  notedAt = now
  say(`${ok ? 'ok  ' : 'FAIL'} ${client} -> ${upstream}: ${scenario} (${took})`)
  if (!ok) say(`     ${detail}`)
}

type Place = Pick<Stage, 'clientsFolder' | 'upstream' | 'outsideEnv'>

const playDirect = async (place: Place) => {
  for (const lane of chosen) {
    const apiKey = KEYS[lane.upstream] ?? OPENAI_KEY
    const stage = toStage(lane, place, {
      baseUrl: place.upstream.url,
      apiKey,
      gateway: false,
      keyed: true,
      brief: false,
    })
    for await (const outcome of lane.play(stage)) note(lane, outcome)
  }
}

/** A key that only the gateway knows, and the address that it is for. */
const environmentsOf = (url: string): Record<'responses' | 'messages', Record<string, string>> => ({
  responses: { OPENAI_API_KEY: OPENAI_KEY, OPENAI_BASE_URL: `${url}/v1` },
  messages: { ANTHROPIC_API_KEY: ANTHROPIC_KEY, ANTHROPIC_BASE_URL: url },
})

const AT_ONCE = 3

/** The lanes that run at the same time: those whose calls can be distinguished. */
const toGroups = (lanes: readonly Lane[]): Lane[][] => {
  const groups: Lane[][] = []
  for (const lane of lanes) {
    const last = groups.at(-1)
    if (lane.tagged && last?.[0]?.tagged && last.length < AT_ONCE) last.push(lane)
    else groups.push([lane])
  }
  return groups
}

/** Runs lanes through a gateway of their own, and returns its output. */
const playThrough = async (
  lanes: readonly Lane[],
  env: Record<string, string>,
  place: Place,
  { keyed, asked }: { keyed: boolean; asked?: string },
): Promise<string> => {
  if (lanes.length === 0) return ''
  const sluice = await startSluice(env, { fromSource: options.source })
  try {
    const playLane = async (lane: Lane): Promise<Outcome[]> => {
      const outcomes: Outcome[] = []
      const stage = toStage(lane, place, {
        baseUrl: sluice.url,
        apiKey: keyed ? CALLER_KEY : ANY_KEY,
        gateway: true,
        keyed,
        brief: asked !== undefined,
      })
      for await (const outcome of lane.play(stage)) {
        const scenario = asked ? `${outcome.scenario}, ${asked}` : outcome.scenario
        outcomes.push({ ...outcome, scenario })
        // The first scenario of every client is a turn with a tool.
        if (asked) break
      }
      return outcomes
    }
    for (const group of toGroups(lanes)) {
      const played = await Promise.all(group.map(playLane))
      for (const [index, lane] of group.entries())
        for (const outcome of played[index] ?? []) note(lane, outcome)
    }
  } finally {
    await sluice.close()
  }
  return sluice.output()
}

/** One provider for each protocol, which says by its name what it is spoken to in. */
const configurationOf = (url: string, realtimeUrl: string): object => {
  const openai = { vendor: 'openai', base_url: `${url}/v1`, api_key: OPENAI_KEY }
  const providers: Record<ProtocolName, Record<string, object>> = {
    chat: { openai, 'openai-chat': { ...openai, protocols: ['openai-chat'] } },
    messages: { anthropic: { base_url: url, api_key: ANTHROPIC_KEY } },
    responses: { 'openai-responses': { ...openai, protocols: ['openai-responses'] } },
    gemini: { gemini: { base_url: url, api_key: GEMINI_KEY } },
    realtime: { realtime: { ...openai, base_url: `${realtimeUrl}/v1` } },
  }
  const spoken = Object.entries(providers).filter(([name]) =>
    LANES.some(({ upstream }) => upstream === name),
  )
  return { providers: Object.assign({}, ...spoken.map(([, each]) => each)) as object }
}

const playThroughSluice = async (place: Place): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-interop-config-'))
  const realtime = await startRealtimeUpstream()
  try {
    const file = join(folder, 'sluice.yaml')
    await writeFile(file, JSON.stringify(configurationOf(place.upstream.url, realtime.url)))
    return await playAll(place, { SLUICE_CONFIG: file })
  } finally {
    realtime.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const playAll = async (place: Place, both: Record<string, string>): Promise<string> => {
  const environments = environmentsOf(place.upstream.url)
  const keys = { SLUICE_API_KEYS: `sk-another,${CALLER_KEY}` }
  const printed = [
    await playThrough(chosen, { ...both, ...keys }, place, { keyed: true }),
    await playThrough(
      chosen.filter(({ slow }) => !slow),
      both,
      place,
      { keyed: false, asked: 'where no key is required' },
    ),
  ]
  for (const protocol of ['responses', 'messages'] as const) {
    const lanes = UNAWARE_LANES.filter(({ upstream: behind }) => behind === protocol)
    const asked = `where ${VENDORS[protocol]} is all there is`
    const way = { keyed: false, asked }
    printed.push(await playThrough(lanes.filter(isWanted), environments[protocol], place, way))
  }
  return printed.join('')
}

const toStage = (
  { speaks, upstream: upstreamProtocol, model }: Lane,
  place: Place,
  door: Pick<Stage, 'baseUrl' | 'apiKey' | 'gateway' | 'keyed' | 'brief'>,
): Stage => ({ ...place, ...door, speaks, upstreamProtocol, model })

/** What the output of the gateway must never contain. */
const SECRETS = [
  CALLER_KEY,
  ANY_KEY,
  OPENAI_KEY,
  ANTHROPIC_KEY,
  GEMINI_KEY,
  'grüße',
  'nineteen and more',
]

const checkLog = (log: string) =>
  play('the gateway prints no key and no prompt', async () => {
    const found = SECRETS.filter((secret) => log.includes(secret))
    if (found.length > 0) throw new Error(`it printed ${found.join(', ')}`)
  })

const run = async (upstream: Upstream): Promise<Outcome[]> => {
  const clientsFolder = await installClients()
  await copyPrograms(clientsFolder)
  const limit = `no end within ${RUN_WITHIN_MS} ms`
  setTimeout(() => stop(limit), RUN_WITHIN_MS).unref()
  const outside = await startOutside()
  const place = { clientsFolder, upstream, outsideEnv: outside.env }
  try {
    if (options.direct) {
      await playDirect(place)
      return rows
    }
    const log = await checkLog(await playThroughSluice(place))
    if (!only)
      await writeFile(join(import.meta.dirname, '../../docs/compatibility.md'), toMatrix(rows))
    say(`${log.ok ? 'ok  ' : 'FAIL'} ${log.scenario} ${log.detail}`)
    return [...rows, log]
  } finally {
    if (outside.hosts().length > 0) say(`asked for and refused: ${outside.hosts().join(', ')}`)
    await outside.close()
  }
}

/** Each client has its own deadline; this one is for unforeseen cases. */
const RUN_WITHIN_MS = 10 * 60_000

const stop = (line: string) => {
  say(line)
  process.exit(1)
}
// Whatever runs is ended with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(signal))

const upstream = await startUpstream({ reply: createReply() })
try {
  const outcomes = await run(upstream)
  const failed = outcomes.filter(({ ok }) => !ok).length
  say(`${outcomes.length - failed} passed, ${failed} failed`)
  if (failed > 0 || outcomes.length === 0) process.exitCode = 1
} finally {
  await upstream.close()
}

/**
 * Runs in sessions that come and go: answers are read, stopped and lost, over sockets and streams. Between rounds nothing is
 * in progress and every session but one is deleted, and nothing may have grown. At the end no row of them is left, and with
 * Redis no key.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'node:http'
import { createRandom } from '../../fuzz/random.ts'
import { within } from '../../tools/app/within.ts'
import { bearer } from '../calls/call.ts'
import { lookAt, sizesIn } from '../process-state.ts'
import { toHead, toRow, toVerdict } from '../report.ts'
import { judge, type Rest } from '../verdict.ts'
import { openSocket } from './client.ts'
import { KIND_NAMES, KINDS, passBy, type Visit } from './kinds.ts'
import { KEYS, type SessionStage, startSessionStage } from './stage.ts'
import { countKeys, startRedisForSoak } from './redis.ts'

interface Options {
  readonly runs: number
  readonly seed: number
  readonly isSelfTest: boolean
  readonly usesRedis: boolean
  readonly say: (line: string) => void
}

const LANES = 24
const ROUNDS = 10
const LEAST_OF_A_ROUND = 200
const RUNS_OF_SESSION = 4
/** Of ten visits, so many are to the session that stays. */
const PASSING = 3
const STANDING = 'standing'
/** More events than a log keeps: it does not grow any more. */
const FILLING = '[[pieces 10500]] [[say ' + 'word '.repeat(10_500) + ']]'
const SETTLES_WITHIN_MS = 15_000
const LOOKS_EVERY_MS = 200
const ENDS_WITHIN_MS = 120_000
/** The one that stays, and one on which it was asked whether Sluice is ready. Those to Redis are as many all the time. */
const OWN_CONNECTIONS = { alone: 2, withRedis: 8 }
const AGAIN_MS = 500

const createCalls = (url: string) => {
  const agent = new Agent({ keepAlive: true, maxSockets: LANES })
  const call = (
    key: string,
    method: string,
    path: string,
    body?: object,
  ): Promise<{ readonly status: number; readonly json: never }> =>
    new Promise((resolve, reject) => {
      const asked = request(url + path, {
        agent,
        method,
        headers: { ...bearer(key), ...(body && { 'content-type': 'application/json' }) },
      })
      asked.once('error', reject)
      asked.once('response', (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            json: (text === '' ? {} : JSON.parse(text)) as never,
          }),
        )
      })
      asked.end(body && JSON.stringify(body))
    })
  return { call, close: () => agent.destroy() }
}

type Calls = ReturnType<typeof createCalls>

/** A store that is busy for longer than a second refuses what it is asked, and clients ask again. */
const BUSY = /503|cannot be (?:stored|used)/
const MOST_TRIES = 20

const patiently = async (
  work: () => Promise<void>,
  before: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> => {
  for (let tries = 1; ; tries++)
    try {
      return await work()
    } catch (error) {
      if (tries === MOST_TRIES || !BUSY.test(String(error))) throw error
      await sleep(AGAIN_MS)
      await before()
    }
}

const createLoad = (stage: SessionStage, calls: Calls, seed: number) => {
  const faults: string[] = []
  let made = 0
  let sessions = 0

  const visitOf = (session: string, key: string, number: number): Visit => ({
    url: stage.url,
    key,
    session,
    random: createRandom(`${seed} ${number}`),
    call: (path, body = {}) => calls.call(key, 'POST', `/api/sessions/${session}${path}`, body),
  })

  const make = async (visit: Visit, number: number): Promise<void> => {
    const random = createRandom(`kind ${seed} ${number}`)
    const name = KIND_NAMES[random.below(KIND_NAMES.length)] ?? ''
    const passes = random.below(10) < PASSING
    try {
      if (passes) await patiently(() => passBy({ ...visit, session: STANDING, key: KEYS[0] }))
      await patiently(
        () => within(ENDS_WITHIN_MS, name, Promise.resolve(KINDS[name]?.(visit))),
        () => visit.call('/cancel'),
      )
    } catch (error) {
      faults.push(`run ${number}, which ${name}: ${String(error)}`)
    }
  }

  return {
    faults,
    async run(upTo: number): Promise<void> {
      const work = async (_: unknown, lane: number): Promise<void> => {
        const key = KEYS[lane % KEYS.length] ?? KEYS[0]
        while (made < upTo && stage.death() === undefined && faults.length < 20) {
          const session = `soak-${++sessions}`
          for (let at = 0; at < RUNS_OF_SESSION && made < upTo; at++) {
            const number = ++made
            await make(visitOf(session, key, number), number)
          }
          await patiently(async () => {
            const { status } = await calls.call(key, 'DELETE', `/api/sessions/${session}`)
            if (status !== 204 && status !== 404) throw new Error(`not deleted: ${status}`)
          }).catch((error: unknown) => void faults.push(`${session}: ${String(error)}`))
        }
      }
      await Promise.all(Array.from({ length: LANES }, work))
    },
  }
}

const settle = async (stage: SessionStage, own: number): Promise<readonly string[]> => {
  let open = Infinity
  const until = performance.now() + SETTLES_WITHIN_MS
  while (performance.now() < until) {
    stage.releaseUpstream()
    await sleep(LOOKS_EVERY_MS)
    open = (await stage.look()).connections
    if (open <= own) return []
  }
  return [`${open} connections are open at rest`]
}

const takeRest = async (stage: SessionStage, calls: number): Promise<Rest> => {
  const inside = await stage.look()
  const outside = lookAt(stage.pid)
  const sizes = [...sizesIn(stage.dataFolder)]
  const sum = (isWal: boolean): number =>
    sizes.reduce((all, [name, size]) => (name.endsWith('-wal') === isWal ? all + size : all), 0)
  return {
    calls,
    values: {
      heap: inside.heapBytes,
      outside: inside.outsideBytes,
      resident: outside.residentBytes,
      sockets: outside.sockets,
      pipes: outside.pipes,
      files: outside.files,
      'other descriptors': outside.others,
      connections: inside.connections,
      timers: inside.timers,
      handles: inside.handles,
      emitters: inside.emitters,
      threads: outside.threads,
      'data folder': sum(false),
      'write-ahead log': sum(true),
    },
  }
}

/** @returns what is wrong. */
export const soakSessions = async (options: Options): Promise<readonly string[]> => {
  const { runs, seed, isSelfTest, usesRedis, say } = options
  const redis = usesRedis ? await startRedisForSoak() : undefined
  const stage = await startSessionStage(isSelfTest, redis?.url)
  const faults: string[] = []
  try {
    const standing = await openSocket(stage.url, KEYS[0], `/ws/session/${STANDING}`)
    const filled = standing.next('run_end')
    standing.send({ type: 'message', content: FILLING })
    await filled
    const calls = createCalls(stage.url)
    const load = createLoad(stage, calls, seed)
    const ofARound = Math.max(LEAST_OF_A_ROUND, Math.ceil(runs / ROUNDS))
    const rests: Rest[] = []
    say(toHead())
    for (let made = 0; made < runs && stage.death() === undefined && load.faults.length === 0;) {
      const before = made
      made = Math.min(runs, made + ofARound)
      const startedAt = performance.now()
      await load.run(made)
      const seconds = (performance.now() - startedAt) / 1000
      calls.close()
      faults.push(...(await settle(stage, OWN_CONNECTIONS[redis ? 'withRedis' : 'alone'])))
      rests.push(await takeRest(stage, made))
      say(toRow(rests.at(-1) as Rest, (made - before) / seconds))
    }
    // Code is compiled and loaded in the first one.
    const findings = judge(rests.slice(1))
    say(`\n${findings.map(toVerdict).join('\n')}\n`)
    faults.push(
      ...load.faults,
      ...findings
        .filter(({ grows }) => grows)
        .map(({ measure }) => `${measure} grows with the runs`),
    )
    await standing.close()
    await createCalls(stage.url).call(KEYS[0], 'DELETE', `/api/sessions/${STANDING}`)
    const death = stage.death()
    if (death !== undefined) return [death]
    const code = await stage.end()
    if (code !== 0) faults.push(`SIGTERM ended Sluice with ${code ?? 'SIGKILL'}`)
    faults.push(...stage.rows(), ...(redis ? await countKeys(redis) : []))
    return faults
  } finally {
    await stage.close()
    redis?.stop()
  }
}

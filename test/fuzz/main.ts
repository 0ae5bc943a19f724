/**
 * Sends mutants of requests to a running Sluice, and judges how it takes them.
 *
 * `--seed=N` (or FUZZ_SEED) for other mutants, `--mutants=N` for another number of them a route,
 * `--sockets=N` for another number of them a WebSocket door,
 * `--route=NAME --mutant=N` to send a single one and show it with its answer.
 */
import { parseArgs } from 'node:util'
import { eventually } from '../tools/app/within.ts'
import { type Exchange, exchange, type Reply } from './exchange.ts'
import { judge } from './judge.ts'
import { judgeLog } from './judge-log.ts'
import { judgeSession } from './judge-session.ts'
import { type AnyRoute, CALLER_KEY, createMutant, type Mutant } from './mutants.ts'
import { ROUTES } from './routes.ts'
import { isSessionRoute, SESSION_ROUTES } from './session-routes.ts'
import { type DoorName, DOORS } from './socket-mutants.ts'
import { runSocketMutant } from './socket-visit.ts'
import { type Stage, startStage } from './stage.ts'

const DEFAULT_SEED = '20261121'
const DEFAULT_MUTANTS = '2000'
/** Each is a connection of many frames, and another one after it. */
const DEFAULT_SOCKET_MUTANTS = '400'
const SOCKETS_AT_ONCE = 12
const AT_ONCE = 24
const SHOWN = 10

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: process.env.FUZZ_SEED ?? DEFAULT_SEED },
    mutants: { type: 'string', default: DEFAULT_MUTANTS },
    sockets: { type: 'string', default: DEFAULT_SOCKET_MUTANTS },
    route: { type: 'string' },
    mutant: { type: 'string' },
  },
})
const seed = Number(options.seed)
const mutants = Number(options.mutants)
const socketMutants = Number(options.sockets)
const isRoute = (name: string): name is AnyRoute =>
  Object.hasOwn(ROUTES, name) || isSessionRoute(name)
const routes = [...Object.keys(ROUTES), ...Object.keys(SESSION_ROUTES)].filter(isRoute)
const chosen = routes.filter((name) => options.route === undefined || options.route === name)
const isDoor = (name: string): name is DoorName => Object.hasOwn(DOORS, name)
const doors = Object.keys(DOORS).filter(isDoor)
const chosenDoors = doors.filter((name) => options.route === undefined || options.route === name)
const areNumbers = [seed, mutants, socketMutants].every(Number.isSafeInteger)
if (!areNumbers || chosen.length + chosenDoors.length === 0)
  throw new TypeError(
    '--seed, --mutants and --sockets are whole numbers, --route is one of the routes',
  )

const say = (line: string) => process.stdout.write(`${line}\n`)

interface Failure {
  readonly what: string
  readonly mutant?: Mutant
}

const failures: Failure[] = []
const failed = new Set<Mutant>()
let sent = 0
let failedVisits = 0
/** Who asked, by the id that the answer carries. */
const askedBy = new Map<string, Mutant>()

const fail = (what: string, mutant?: Mutant) => {
  failures.push(mutant ? { what, mutant } : { what })
  if (mutant) failed.add(mutant)
}

/** A relayed answer has the upstream's id in one of two headers. */
const ownIdOf = ({ headers }: Reply): string | undefined =>
  ['x-request-id', 'request-id']
    .map((name) => headers.get(name))
    .find((id) => !id?.startsWith('req_00000'))

const judgeAny = (mutant: Mutant, exchanged: Exchange): string[] => {
  const { route } = mutant
  return isSessionRoute(route)
    ? judgeSession(mutant, exchanged)
    : judge({ ...mutant, route }, exchanged)
}

const ask = async (stage: Stage, mutant: Mutant): Promise<Reply | undefined> => {
  const exchanged = await exchange(stage.url, mutant.bytes, mutant.isSound)
  sent++
  const death = stage.death()
  // What ended Sluice was one of the last mutants; whoever comes after gets no answer.
  if (death === undefined) for (const what of judgeAny(mutant, exchanged)) fail(what, mutant)
  const id = exchanged.reply && ownIdOf(exchanged.reply)
  if (id !== undefined) askedBy.set(id, mutant)
  return exchanged.reply
}

const runRoute = async (stage: Stage, route: AnyRoute): Promise<void> => {
  const startedAt = performance.now()
  const statuses = new Map<string, number>()
  let next = 0
  const work = async () => {
    while (next < mutants && stage.death() === undefined) {
      const reply = await ask(stage, createMutant(seed, route, next++))
      const status = String(reply?.status ?? 'closed')
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  for (const what of stage.upstreamFaults()) fail(what)
  const told = [...statuses].toSorted().map(([status, times]) => `${status}: ${times}`)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  say(`${route}: ${next} mutants in ${seconds} s (${told.join(', ')})`)
}

const visitDoor = async (stage: Stage, door: DoorName, index: number): Promise<void> => {
  const { steps, faults } = await runSocketMutant(stage.url, seed, door, index)
  sent++
  if (stage.death() !== undefined || faults.length === 0) return
  const again = `npm run fuzz -- --seed=${seed} --route=${door} --mutant=${index}`
  failedVisits++
  failures.push({ what: `${door} ${index} (${steps.join('; ')}): ${faults.join('; ')}: ${again}` })
}

const runDoor = async (stage: Stage, door: DoorName): Promise<void> => {
  const startedAt = performance.now()
  let next = 0
  const work = async () => {
    while (next < socketMutants && stage.death() === undefined) await visitDoor(stage, door, next++)
  }
  await Promise.all(Array.from({ length: SOCKETS_AT_ONCE }, work))
  for (const what of stage.upstreamFaults()) fail(what)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  say(`${door}: ${next} mutants in ${seconds} s`)
}

/** A body as large as all that may be held is only taken where nothing is held any more. */
const checkMemory = async (stage: Stage): Promise<void> => {
  const body = Buffer.alloc(stage.bodyBytes, ' ')
  body.write(JSON.stringify({ model: 'demo/echo', messages: [{ role: 'user', content: 'hello' }] }))
  const head = `POST ${ROUTES.chat} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${CALLER_KEY}\r\ncontent-length: ${body.length}\r\n\r\n`
  const { reply } = await exchange(stage.url, Buffer.concat([Buffer.from(head), body]), true)
  if (reply?.status !== 200)
    fail(`bodies are still held: one more is answered with ${reply?.status} ${reply?.body}`)
}

const checkSockets = async (stage: Stage): Promise<void> => {
  let sockets = await stage.sockets()
  const areClosed = () => sockets.all <= sockets.upstream
  const poll = setInterval(() => void stage.sockets().then((now) => (sockets = now)), 50)
  try {
    await eventually('only sockets to the upstream are open', areClosed, 5_000)
  } catch {
    fail(`${sockets.all} sockets are open, of which ${sockets.upstream} lead to the upstream`)
  } finally {
    clearInterval(poll)
  }
  if (sockets.upstream > 3 * AT_ONCE) fail(`${sockets.upstream} sockets lead to the upstream`)
}

const checkLog = (log: string, complaints: string): void => {
  if (complaints !== '') fail(`Sluice complains: ${complaints.slice(0, 2_000)}`)
  const called = [...askedBy].filter(
    ([, { isSound, body, route }]) => isSound && body.length > 0 && !isSessionRoute(route),
  )
  for (const { requestId, what } of judgeLog(log, new Set(called.map(([id]) => id))))
    fail(what, askedBy.get(requestId ?? ''))
}

const show = ({ what, mutant }: Failure): void => {
  say(`FAIL ${what}`)
  if (!mutant) return
  const { route, index, steps, bytes } = mutant
  say(`     ${route} ${index}: ${steps.join('; ')}`)
  say(`     ${JSON.stringify(bytes.toString('latin1').slice(0, 800))}`)
  say(`     again: npm run fuzz -- --seed=${seed} --route=${route} --mutant=${index}`)
}

const showOne = async (stage: Stage, mutant: Mutant): Promise<void> => {
  say(`${mutant.steps.join('; ')}\n\n${mutant.bytes.toString()}\n`)
  const reply = await ask(stage, mutant)
  say(`${reply?.status}\n${[...(reply?.headers ?? [])].map((pair) => pair.join(': ')).join('\n')}`)
  say(`\n${reply?.body}`)
}

say(`seed ${seed}`)
const stage = await startStage()
try {
  const [route] = chosen
  const [door] = chosenDoors
  if (options.mutant !== undefined && options.route !== undefined && door)
    await visitDoor(stage, door, Number(options.mutant))
  else if (options.mutant !== undefined && options.route !== undefined && route)
    await showOne(stage, createMutant(seed, route, Number(options.mutant)))
  else {
    for (const each of chosen) await runRoute(stage, each)
    for (const each of chosenDoors) await runDoor(stage, each)
  }
  const death = stage.death()
  if (death !== undefined) failures.unshift({ what: death })
  else {
    await checkSockets(stage)
    await checkMemory(stage)
  }
} finally {
  const { log, complaints } = await stage.close()
  checkLog(log, complaints)
  for (const failure of failures.slice(0, SHOWN)) show(failure)
  const others = failures.filter(({ mutant }) => !mutant).length
  const bad = failed.size + others
  say(`${sent - failed.size - failedVisits} passed, ${bad} failed`)
  if (bad > 0 || sent === 0) process.exitCode = 1
}

/** When nothing more happens: what is not answered is sent again, what goes on is stopped, and then all must agree. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CANONICAL } from './doors.ts'
import type { LogAtRest, LogMessage } from './folds.ts'
import type { Participant } from './participant.ts'
import { openReader } from './reader.ts'
import type { Session } from './session.ts'

/** For hangs: a busy machine may be slow. */
const REST_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 20
/** Whatever lasts longer is stopped. */
const LET_RUN_MS = 300
/** Nothing more comes. */
const STILL_MS = 40

const createWait =
  (signal: AbortSignal) =>
  async (holds: () => boolean | Promise<boolean>): Promise<boolean> => {
    const endsAt = performance.now() + REST_WITHIN_MS
    while (!(await holds())) {
      if (signal.aborted || performance.now() > endsAt) return false
      await sleep(LOOK_EVERY_MS)
    }
    return true
  }

const sendAgain = async (session: Session): Promise<boolean> => {
  const left = session.sent.filter(
    ({ messageId, refused }) => messageId === undefined && refused === undefined,
  )
  for (const one of left) await session.post(one)
  return left.length === 0
}

const isResting = async (session: Session, startedAt: number): Promise<boolean> => {
  const read = await session.ask('GET', '')
  if (read?.status !== 200) return false
  const { active_run: run, queue } = read.body
  if (run === null && Array.isArray(queue) && queue.length === 0) return sendAgain(session)
  if (performance.now() - startedAt > LET_RUN_MS) await session.cancel()
  else await sendAgain(session)
  return false
}

const readLog = async (session: Session): Promise<LogAtRest> => {
  const [branch, all, runs] = [
    await session.ask('GET', '/messages'),
    await session.ask('GET', '/messages?branches=all'),
    await session.ask('GET', '/runs'),
  ]
  return {
    branch: (branch?.body['messages'] ?? []) as LogAtRest['branch'],
    all: (all?.body['messages'] ?? []) as LogAtRest['all'],
    runs: ((runs?.body['runs'] ?? []) as LogAtRest['runs']).toReversed(),
    wasCleared: session.wasCleared,
  }
}

const ENDED = new Set(['done', 'cancelled', 'interrupted', 'failed'])

/** Where nothing was answered, the model is asked both questions at once. */
const saidTo = (
  session: Session,
  byId: ReadonlyMap<string, LogMessage>,
  asked: LogMessage,
): string => {
  const said = session.answerTo(asked.content) ?? ''
  let earlier = byId.get(asked.parent_id ?? '')
  // An empty answer may have been continued by another empty one.
  while (earlier?.role === 'assistant' && earlier.content === '')
    earlier = byId.get(earlier.parent_id ?? '')
  return earlier?.role === 'user' ? saidTo(session, byId, earlier) + said : said
}

const judgeLog = (session: Session, { all, runs }: LogAtRest): readonly string[] => {
  const faults: string[] = []
  const byId = new Map(all.map((message) => [message.message_id, message]))
  for (const { run_id, status } of runs)
    if (!ENDED.has(status)) faults.push(`${run_id} is ${status}`)
  for (const { message_id, parent_id, role, status, content } of all) {
    if (!ENDED.has(status)) faults.push(`${message_id} is ${status}`)
    const parent = parent_id === null ? undefined : byId.get(parent_id)
    if (parent_id !== null && !parent)
      faults.push(`${message_id} follows ${parent_id}, which is not there`)
    // What goes on with another answer may say anything.
    if (role === 'user' || parent?.role !== 'user') continue
    const said = saidTo(session, byId, parent)
    if (!said.startsWith(content))
      faults.push(`${message_id} has what was not said, ${said}: ${content}`)
    else if (status === 'done' && said !== content)
      faults.push(`${message_id} is done, and lacks the end: ${content}`)
  }
  for (const { clientId } of session.sent) {
    const count = all.filter(({ client_message_id: id }) => id === clientId).length
    if (count > 1) faults.push(`${clientId} is there ${count} times`)
  }
  // Whatever it was sent by: every question is another one.
  const questions = all.filter(({ role }) => role === 'user').map(({ content }) => content)
  for (const [at, content] of questions.entries())
    if (questions.indexOf(content) !== at) faults.push(`it is there twice: ${content}`)
  return faults
}

/**
 * @param urls of each process
 * @param signal ends the waiting: nobody wants to know any more
 * @returns what is wrong. Nothing, if all agree.
 */
export const judgeRest = async (
  session: Session,
  participants: readonly Participant[],
  urls: readonly (() => string | undefined)[],
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const waitUntil = createWait(signal)
  const startedAt = performance.now()
  if (!(await waitUntil(() => isResting(session, startedAt)))) {
    const left = session.sent.filter(
      ({ messageId, refused }) => (messageId ?? refused) === undefined,
    )
    const state = JSON.stringify((await session.ask('GET', ''))?.body)
    return [
      ...session.faults,
      `it does not come to rest: ${state}, ${left.length} messages are not taken`,
    ]
  }
  let log = await readLog(session)
  const fresh = urls.flatMap((url) =>
    ['0.0', undefined].map((from) =>
      openReader({ door: CANONICAL, sessionId: session.id, url, from }),
    ),
  )
  const named: readonly (readonly [string, Participant])[] = [
    ...participants.map((each, index) => [`${index} (${each.name})`, each] as const),
    ...fresh.map(
      (reader, index) =>
        [`a fresh reader ${['from 0.0', 'without a position'][index % 2]}`, reader] as const,
    ),
  ]
  const areEqual = () => named.every(([, each]) => each.differs(log).length === 0)
  const isBroken = () => named.some(([, each]) => each.isBroken())
  await waitUntil(async () => {
    if (areEqual() || isBroken()) return true
    // A command that was on its way has begun something.
    if (await isResting(session, startedAt)) log = await readLog(session)
    return false
  })
  await sleep(STILL_MS)
  const faults = named.flatMap(([name, each]) => {
    const difference = each.differs(log)
    return difference.length === 0 ? [] : [`${name}: ${difference.join('\n    ')}`]
  })
  const areClosed = await waitUntil(() => session.calls.open(session.tag).length === 0)
  if (!areClosed) faults.push('an upstream is still asked')
  for (const { refused } of session.calls.all(session.tag))
    if (refused !== undefined) faults.push(`the upstream refused a request: ${refused}`)
  for (const reader of fresh) reader.close()
  return [...session.faults, ...faults, ...judgeLog(session, log)]
}

/** Commands that are answered: at once, after the run in progress, or in its place. */
import { type CommandOutcome, goingDown } from '#model'
import { writePosition } from '#runs'
import { newMessageId } from '../../../sessions/ids.ts'
import { type AnswerCommand, type SessionCore, toActive } from '../../live/core.ts'
import { type Beginner, beginRun, type Wanted } from '../../run/begin-run.ts'
import { queueFull, sessionBusy } from '../errors.ts'
import { findFiles, keepFiles } from './attach.ts'
import { takeFromRate } from './message-rate.ts'
import { findRepeated } from '../queue/find-repeated.ts'
import { toQueued } from '../queue/queued-command.ts'
import { stopRun } from '../stop-run.ts'
import { toWanted } from './to-wanted.ts'

type Outcome = Omit<CommandOutcome, 'position'> & Partial<Pick<CommandOutcome, 'position'>>

const MAX_QUEUED = 10

/** @throws GatewayError */
export const answer = async (
  core: SessionCore,
  asked: AnswerCommand,
  by: Beginner,
): Promise<Outcome> => {
  const repeated = await findRepeated(core, asked)
  if (repeated) return repeated
  if (core.around.isDraining()) throw goingDown()
  const command = await findFiles(core, asked)
  const id = newMessageId()
  const wanted = await toWanted(core, command, id)
  const isBusy = core.run !== undefined || core.queue.length > 0
  const whenBusy = isBusy ? whenBusyOf(core, command) : undefined
  if (whenBusy === 'reject') throw sessionBusy()
  if (whenBusy === 'queue' && core.queue.length >= MAX_QUEUED) throw queueFull(MAX_QUEUED)
  await takeFromRate(core.around, by.visitor.caller)
  if (command.type === 'message' || command.type === 'edit') await keepFiles(core, command)
  if (whenBusy === 'queue') return enqueue(core, command, by, { id, wanted })
  if (whenBusy !== 'interrupt') return begin(core, wanted, by)
  await makeRoom(core)
  // The messages are others now: the answer that was in progress is one of them.
  return begin(core, await toWanted(core, command, id), by)
}

const whenBusyOf = ({ record, around }: SessionCore, { when_busy }: AnswerCommand) =>
  when_busy ?? record.settings.whenBusy ?? around.settings().whenBusy

const makeRoom = async (core: SessionCore): Promise<void> => {
  if (core.run && !(await stopRun(core.run))) throw sessionBusy()
}

const begin = async (core: SessionCore, wanted: Wanted, by: Beginner): Promise<Outcome> => {
  const position = writePosition(core.log.position)
  const { runId } = await beginRun(core, wanted, by)
  return {
    status: 'started',
    message_id: wanted.user?.id ?? wanted.parentId ?? '',
    run_id: runId,
    position,
  }
}

interface Waiting {
  readonly id: string
  readonly wanted: Wanted
}

const enqueue = async (
  core: SessionCore,
  command: AnswerCommand,
  by: Beginner,
  { id, wanted }: Waiting,
): Promise<Outcome> => {
  const clientMessageId = wanted.user?.clientMessageId
  const place = core.queue.length + 1
  const { visitor } = by
  core.waiting.set(id, { ...by, command })
  try {
    await core.writer.commit({
      events: [
        {
          type: 'queued',
          message_id: id,
          ...(clientMessageId === undefined ? {} : { client_message_id: clientMessageId }),
          content: wanted.user?.content ?? '',
          ...(wanted.user?.attachments?.length && { attachments: wanted.user.attachments }),
          place,
        },
      ],
      rows: {
        enqueue: [toQueued(core, command, visitor, { id, clientMessageId })],
        session: toActive(core),
      },
    })
  } catch (thrown) {
    core.waiting.delete(id)
    throw thrown
  }
  // The run that it waits for may have ended meanwhile.
  core.onRest()
  return { status: 'queued', message_id: id }
}

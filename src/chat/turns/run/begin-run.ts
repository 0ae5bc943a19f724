/** Begins the making of an answer. What the user sent and the beginning of the run are stored before a token is spent. */
import { scopeOf } from '#access'
import { sizeOfRequest } from '#gateway'
import {
  type Attachment,
  invalidRequest,
  type LogEvent,
  type ModelRequest,
  type OnDisconnect,
  type UserMessage,
} from '#model'
import type { Visitor } from '../../chat.ts'
import { newMessageId, newRunId } from '../../sessions/ids.ts'
import type {
  MessageRecord,
  RunCall,
  SentPrompt,
  SessionBatch,
} from '../../sessions/session-store.ts'
import { type SessionCore, toActive } from '../live/core.ts'
import { type ActiveRun, type RunPlan, startRun } from './active-run.ts'
import { endRun } from './end-run.ts'
import { withFiles } from './files/with-files.ts'
import { toFirstLine } from './first-line.ts'
import { mostMessages, toModelRequest, toSentPrompt } from './prompt.ts'
import { nameSoon } from './titles/name-soon.ts'

/** An answer that is to be made. */
export interface Wanted {
  /** The message that is answered, if it is new. */
  readonly user?: NewMessage
  /** Of the answer: the message that is answered, or the answer that it goes on with. */
  readonly parentId: string | null
  /** Undefined: that of the session, or of the configuration. */
  readonly model?: string | undefined
  readonly continues?: string
  readonly onDisconnect?: OnDisconnect | undefined
  /** Of the answer, if readers know it already. */
  readonly answerId?: string
}

interface NewMessage {
  readonly id: string
  readonly parentId: string | null
  readonly content: string
  readonly clientMessageId?: string | undefined
  readonly attachments?: readonly Attachment[] | undefined
  readonly metadata?: object | undefined
}

export interface Beginner {
  readonly visitor: Visitor
  /** Whose leaving may end the run. */
  readonly starter: object | undefined
}

/** @param dequeue the queued message whose turn it is. */
export const beginRun = async (
  core: SessionCore,
  wanted: Wanted,
  by: Beginner,
  dequeue?: string,
): Promise<ActiveRun> => {
  const { around, record, writer } = core
  const { user } = wanted
  const model = toModel(core, wanted)
  const earlier = await readBranch(core, user ? user.parentId : wanted.parentId)
  const plan = toPlan(core, wanted, model, by)
  const asked = user && toUserRecord(core, user, by.visitor)
  const branch = asked ? [...earlier, asked] : earlier
  const { maxHistory } = around.settings()
  const asking = toModelRequest({ session: record, branch, model, maxHistory })
  const prompt = toSentPrompt({ session: record, branch, maxHistory }, core.systemSent)
  const files = await withFiles(core, asking)
  const title = user && record.titledBy === 'nobody' ? toFirstLine(user.content) : null
  try {
    await writer.commit({
      events: toEvents(core, wanted, plan, by, title),
      rows: {
        ...toRows(plan, { prompt, call: toRunCall(files.request, by.visitor) }, asked),
        ...(dequeue === undefined ? {} : { dequeue: [dequeue] }),
        session: {
          ...toActive(core),
          head: plan.messageId,
          ...(title === null ? {} : { title, titledBy: 'first_line' }),
        },
      },
    })
  } catch (thrown) {
    files.release()
    throw thrown
  }
  noteSystem(core, plan, prompt)
  const run = start(core, plan, { request: files.request, prompt }, by)
  void run.ended.then(files.release)
  if (user && title !== null) nameSoon(core, run, user.content, by.visitor)
  return run
}

const noteSystem = (
  core: SessionCore,
  { runId }: RunPlan,
  { systemPrompt: text }: SentPrompt,
): void => {
  if (text !== undefined) core.systemSent = { runId, text }
}

const toModel = ({ record, around }: SessionCore, wanted: Wanted): string => {
  const model = wanted.model ?? record.model ?? around.settings().model
  if (model !== undefined) return model
  throw invalidRequest(
    'Name a model: neither the session nor the configuration has one (chat.model, default).',
    'model',
  )
}

const readBranch = (
  { key, writer, around }: SessionCore,
  last: string | null,
): Promise<readonly MessageRecord[]> =>
  writer.read(() => around.store.branch(key, last, mostMessages(around.settings().maxHistory)))

const toPlan = (core: SessionCore, wanted: Wanted, model: string, by: Beginner): RunPlan => {
  const asked = wanted.user ? 1 : 0
  const { settings } = core.record
  core.place += asked + 1
  return {
    runId: newRunId(),
    messageId: wanted.answerId ?? newMessageId(),
    parentId: wanted.user?.id ?? wanted.parentId,
    model,
    continues: wanted.continues,
    onDisconnect: wanted.onDisconnect ?? settings.onDisconnect ?? 'continue',
    starter: by.starter,
    place: core.place,
    startedAt: core.around.now(),
  }
}

/** Its place is before that of the answer. */
const toUserRecord = (core: SessionCore, user: NewMessage, visitor: Visitor): MessageRecord => ({
  id: user.id,
  parentId: user.parentId,
  place: core.place - 1,
  role: 'user',
  content: user.content,
  parts: [
    { kind: 'text', text: user.content },
    ...(user.attachments ?? []).map((each) => ({ kind: 'attachment' as const, ...each })),
  ],
  status: 'done',
  createdAt: core.around.now(),
  ...(user.clientMessageId === undefined ? {} : { clientMessageId: user.clientMessageId }),
  ...(visitor.caller.userId === undefined ? {} : { user: visitor.caller.userId }),
  ...(user.metadata && { metadata: user.metadata }),
})

/** Readers whose branch ends elsewhere learn first where it goes on. */
const toEvents = (
  { record }: SessionCore,
  { user, parentId, continues }: Wanted,
  plan: RunPlan,
  by: Beginner,
  title: string | null,
): LogEvent[] => {
  const after = user ? user.parentId : parentId
  return [
    ...(after === record.head ? [] : [{ type: 'head' as const, message_id: after }]),
    ...(user ? [toUserMessage(user, by.visitor)] : []),
    ...(title === null ? [] : [{ type: 'session_updated' as const, title }]),
    {
      type: 'run_start',
      run_id: plan.runId,
      message_id: plan.messageId,
      parent_id: plan.parentId,
      model: plan.model,
      ...(continues === undefined ? {} : { continues }),
    },
  ]
}

const toUserMessage = (
  { id, parentId, content, clientMessageId, attachments = [], metadata }: NewMessage,
  { caller }: Visitor,
): UserMessage => ({
  type: 'user_message',
  message_id: id,
  parent_id: parentId,
  content,
  ...(clientMessageId === undefined ? {} : { client_message_id: clientMessageId }),
  ...(caller.userId === undefined ? {} : { user: caller.userId }),
  ...(attachments.length > 0 && { attachments }),
  ...(metadata && { metadata }),
})

const toRunCall = (
  request: ModelRequest,
  { caller, network, requestId, route }: Visitor,
): RunCall => ({
  requestId,
  route,
  callerId: caller.id,
  ...(caller.name === undefined ? {} : { callerName: caller.name }),
  ...(caller.owner === undefined ? {} : { owner: caller.owner }),
  ...(network === undefined ? {} : { network }),
  requestBytes: sizeOfRequest(request),
})

const toRows = (
  plan: RunPlan,
  { prompt, call }: { readonly prompt: SentPrompt; readonly call: RunCall },
  asked: MessageRecord | undefined,
): SessionBatch => {
  const { runId, messageId, parentId, model, place, startedAt, continues } = plan
  const answer: MessageRecord = {
    id: messageId,
    parentId,
    place,
    role: 'assistant',
    content: '',
    parts: [],
    status: 'running',
    model,
    runId,
    createdAt: startedAt,
  }
  return {
    messages: asked ? [asked, answer] : [answer],
    runs: [
      {
        id: runId,
        messageId,
        parentId,
        status: 'running',
        model,
        startedAt,
        prompt,
        call,
        ...(continues === undefined ? {} : { continues }),
      },
    ],
  }
}

const start = (
  core: SessionCore,
  plan: RunPlan,
  { request, prompt }: { readonly request: ModelRequest; readonly prompt: SentPrompt },
  { visitor }: Beginner,
): ActiveRun => {
  const { around, key, writer } = core
  const { caller, network, requestId, route } = visitor
  const run = startRun({
    plan,
    ask: around.ask,
    call: {
      id: plan.runId,
      requestId,
      route,
      caller,
      network,
      request,
      conversation: `${scopeOf(caller)} ${key.id}`,
    },
    emit: writer.stream,
    end: (ended, outcome) => endRun(core, ended, outcome, prompt),
    onFault(error) {
      around.log.error({ error, session: key.id, run: plan.runId }, 'a run has failed')
    },
  })
  core.run = run
  core.presence.changed()
  return run
}

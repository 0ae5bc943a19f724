/** Has a model name a new session when its first answer has ended. Nobody waits for it, and no failure is shown. */
import { createDeparture, GatewayError, type ModelEvent, reasonOf } from '#model'
import type { Visitor } from '../../../chat.ts'
import type { SessionCore } from '../../live/core.ts'
import type { ActiveRun } from '../active-run.ts'
import { toTitle, toTitleRequest } from './title-request.ts'

const TITLE_MS = 5_000

export const nameSoon = (
  core: SessionCore,
  run: ActiveRun,
  question: string,
  visitor: Visitor,
): void => {
  const { settings, log, isDraining } = core.around
  if (settings().titleModel === undefined) return
  const name = async (): Promise<void> => {
    await run.ended
    const model = settings().titleModel
    const { content: answer } = run.answer
    if (model === undefined || answer === '' || isDraining() || !isNameless(core)) return
    const request = toTitleRequest({ model, question, answer })
    const title = toTitle(await ask(core, request, visitor))
    if (title !== undefined) await rename(core, title)
  }
  name().catch((thrown: unknown) =>
    log.debug({ reason: reasonOf(thrown) }, 'a session was not named by a model'),
  )
}

/** What a user wrote, or another model, stays. */
const isNameless = ({ record }: SessionCore): boolean => record.titledBy === 'first_line'

/** @throws GatewayError */
const ask = async (
  { around }: SessionCore,
  request: ReturnType<typeof toTitleRequest>,
  { caller, network, requestId, route }: Visitor,
): Promise<string> => {
  const departure = createDeparture()
  const timer = setTimeout(
    () => departure.abort(new GatewayError('cancelled', 'The title took too long.')),
    TITLE_MS,
  ).unref()
  let text = ''
  const texts = new Set<number>()
  const take = (event: ModelEvent): void => {
    if (event.type === 'part-start' && event.part.kind === 'text') texts.add(event.index)
    if (event.type === 'part-delta' && texts.has(event.index)) text += event.text
  }
  try {
    const { error } = await around.ask(
      { requestId, route, caller, network, request, signal: departure, tags: 'title' },
      { begin: () => undefined, event: take },
    )
    if (error) throw error
    return text
  } finally {
    clearTimeout(timer)
  }
}

const rename = (core: SessionCore, title: string): Promise<void> =>
  core.commands(async () => {
    if (!isNameless(core)) return
    await core.writer.commit({
      events: [{ type: 'session_updated', title }],
      rows: { session: { title, titledBy: 'model' } },
    })
  })

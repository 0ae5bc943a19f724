/** What tests of commands have in common. */
import type { SentEvent } from '#model'
import { type ChatHouse, settle, type Visit } from './chat-house.ts'

/** Why it was refused, and the field that is wrong. */
export const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing was thrown',
    (error: { code: string; vendorCode?: string; param?: string }) =>
      [error.vendorCode ?? error.code, error.param].filter((each) => each !== undefined).join(' '),
  )

export const eventsOf = (sent: readonly SentEvent[], type: string) =>
  sent.map(({ event }) => event).filter((event) => event.type === type)

/** A message with its complete answer. */
export const exchange = async (
  { model }: ChatHouse,
  visit: Visit,
  question: string,
  answer: string,
) => {
  const outcome = await visit.say(question)
  await settle()
  model.calls.at(-1)?.say(answer)
  model.calls.at(-1)?.end()
  await settle()
  return outcome
}

export const shown = async (visit: Visit): Promise<readonly string[]> =>
  (await visit.session.history()).map(({ content, status }) =>
    status === 'done' ? content : `${content} (${status})`,
  )

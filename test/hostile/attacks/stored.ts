/** A response that is kept here: it was translated, so that its upstream knows nothing of it. */
import { answerMessages } from '../answers.ts'
import type { Field } from '../field.ts'

export const KEPT_MODEL = 'hostile-messages/kept'

/** @param text what the upstream says. @returns the ids of the response and of its item. */
export const store = async (
  { upstream, post }: Field,
  { input = 'hello', text = 'ok', caller = 0 }: { input?: string; text?: string; caller?: number },
): Promise<{ readonly id: string; readonly itemId: string }> => {
  upstream.play('kept', (visit) => answerMessages(visit, text))
  const answer = await post('/v1/responses', { model: KEPT_MODEL, input }, { caller })
  const [item] = (answer?.json.output ?? []) as { id?: string }[]
  return { id: String(answer?.json.id), itemId: String(item?.id) }
}

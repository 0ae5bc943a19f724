/** Shows another branch: the head moves to the newest message that follows the chosen one. */
import type { CommandOutcome } from '#model'
import type { MessageRecord } from '../../sessions/session-store.ts'
import { type SessionCore, toActive } from '../live/core.ts'
import { findMessage } from './find-message.ts'

/** @throws GatewayError `not_found` */
export const choose = async (
  core: SessionCore,
  id: string,
): Promise<Omit<CommandOutcome, 'position'>> => {
  const chosen = await findMessage(core, id)
  const head = await findNewestAfter(core, chosen)
  if (head !== core.record.head)
    await core.writer.commit({
      events: [{ type: 'head', message_id: head }],
      rows: { session: { ...toActive(core), head } },
    })
  return { status: 'done', message_id: id }
}

const PAGE = 500

/** The last message that came to be on a branch through this one: a message after it would otherwise be its sibling. */
const findNewestAfter = async (
  { writer, around, key }: SessionCore,
  { id, place }: MessageRecord,
): Promise<string> => {
  const later: MessageRecord[] = []
  let before: number | undefined
  for (;;) {
    const asked = { limit: PAGE, ...(before === undefined ? {} : { before }) }
    const { items, next } = await writer.read(() => around.store.messages(key, asked))
    later.unshift(...items.filter((each) => each.place > place))
    const first = items[0]
    if (!first || next === undefined || first.place <= place) break
    before = first.place
  }
  const below = new Set([id])
  let newest = id
  for (const message of later)
    if (message.parentId !== null && below.has(message.parentId)) {
      below.add(message.id)
      newest = message.id
    }
  return newest
}

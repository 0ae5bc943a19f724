import { expect, it } from 'vitest'
import { chatHouse, settle } from '../../tools/chat/chat-house.ts'
import { createRandom } from '../../fuzz/random.ts'

const SENT = 300

it('a message never becomes another one’s sibling by accident, whatever branch was chosen before', async () => {
  const random = createRandom('siblings')
  const house = chatHouse({ set: { messageRate: false } })
  const visit = await house.join()
  const messages = () => [...house.store.kept('s').messages.values()]
  let wanted = 0
  for (let at = 0; at < SENT; at++) {
    const chosen = messages().length > 0 && random.chance(0.5) ? random.pick(messages()) : undefined
    const isEdited = chosen?.role === 'user' && random.chance(0.2)
    if (chosen && !isEdited) await visit.command({ type: 'choose', message_id: chosen.id })
    if (isEdited) {
      await visit.command({ type: 'edit', message_id: chosen.id, content: `Edited ${at}` })
      wanted++
    } else await visit.say(`Question ${at}`)
    await settle()
    house.model.calls.at(-1)?.end()
    await settle()
  }
  expect(messages()).toHaveLength(2 * SENT)
  const parents = messages().map(({ parentId }) => parentId)
  expect(parents.length - new Set(parents).size).toBe(wanted)
})

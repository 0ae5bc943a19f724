import { stayNow } from '../answers.ts'
import type { Attack } from '../attack.ts'

const BODIES = 26
/** The cost of reading a body is not part of the attack. */
const BETWEEN_MS = 200

export const waitingBodies: Attack = {
  name: 'waiting-bodies',
  does: 'sends 26 bodies of 15 MB to an upstream that never answers, to be translated and relayed',
  seconds: 6,
  async run(field) {
    field.upstream.play('silent', stayNow)
    const content = 'ä\n'.repeat(3_750_000)
    const toBody = (model: string) =>
      Buffer.from(JSON.stringify({ model, max_tokens: 9, messages: [{ role: 'user', content }] }))
    const bodies = [toBody('hostile/silent'), toBody('hostile-messages/silent')]
    await field.storm(BODIES, async (turn) => {
      await field.pause((turn % BODIES) * BETWEEN_MS)
      await field.post(turn % 3 === 0 ? '/v1/chat/completions' : '/v1/messages', bodies[turn % 2], {
        caller: turn,
      })
    })
  },
}

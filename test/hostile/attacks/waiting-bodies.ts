import { stayNow } from '../answers.ts'
import type { Attack } from '../attack.ts'

export const waitingBodies: Attack = {
  name: 'waiting-bodies',
  does: 'sends 24 bodies of 30 MB to an upstream that never answers, to be translated and relayed',
  seconds: 6,
  async run(field) {
    field.upstream.play('silent', stayNow)
    const content = 'ä\n'.repeat(10_000_000)
    const toBody = (model: string) =>
      Buffer.from(JSON.stringify({ model, max_tokens: 9, messages: [{ role: 'user', content }] }))
    const bodies = [toBody('hostile/silent'), toBody('hostile-messages/silent')]
    await field.storm(24, (turn) =>
      field.post(turn % 3 === 0 ? '/v1/chat/completions' : '/v1/messages', bodies[turn % 2], {
        caller: turn,
      }),
    )
  },
}

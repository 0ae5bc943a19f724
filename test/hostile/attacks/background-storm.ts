import { stayNow } from '../answers.ts'
import type { Attack } from '../attack.ts'

const RUNS = 400

export const backgroundStorm: Attack = {
  name: 'background-storm',
  does: 'starts 400 responses in the background whose upstream never answers',
  seconds: 4,
  async run(field) {
    field.upstream.play('silent', stayNow)
    let started = 0
    await field.storm(4, async () => {
      if (started++ >= RUNS) return field.wait()
      const body = { model: 'hostile-messages/silent', input: 'hello', background: true }
      await field.post('/v1/responses', body)
      return undefined
    })
  },
}

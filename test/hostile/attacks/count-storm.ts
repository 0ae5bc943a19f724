import { GPT } from '../../tools/app/asks.ts'
import type { Attack } from '../attack.ts'

const WORDS = 150_000
const AT_ONCE = 20
const LEFT_AFTER_MS = 100
/** More would be a flood, which is another attack. */
const PAUSE_MS = 400

export const countStorm: Attack = {
  name: 'count-storm',
  does: 'asks 20 at a time what a megabyte of words that nobody knows would cost, and leaves at once',
  seconds: 5,
  run: (field) => {
    const { random } = field
    const word = () => random.below(2 ** 31).toString(36)
    const texts = Array.from({ length: 8 }, () => Array.from({ length: WORDS }, word).join(' '))
    const bodies = texts.map((content) =>
      Buffer.from(JSON.stringify({ model: GPT, messages: [{ role: 'user', content }] })),
    )
    const headers = { 'anthropic-version': '2023-06-01' }
    return field.storm(AT_ONCE, async (turn) => {
      const body = bodies[turn % bodies.length]
      await field.post('/v1/messages/count_tokens', body, { headers, within: LEFT_AFTER_MS })
      await field.pause(PAUSE_MS)
    })
  },
}

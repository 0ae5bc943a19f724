import { CLAUDE, GPT } from '../../tools/app/asks.ts'
import { sendJson } from '../answers.ts'
import type { Attack } from '../attack.ts'

const REFUSAL = {
  error: { message: 'Not for this project.', type: 'permission_error', code: null },
}

/** Of one provider in a row. */
const REFUSALS = 4

export const forbiddenStorm: Attack = {
  name: 'forbidden-storm',
  does: 'has every provider refuse one model to it with 403, many times a second',
  seconds: 3,
  staysReady: true,
  run: (field) => {
    field.upstream.play('forbidden', async (visit) => sendJson(visit, REFUSAL, { status: 403 }))
    const models = [
      GPT,
      CLAUDE,
      'gemini-2.5-flash',
      'hostile/forbidden',
      'hostile-messages/forbidden',
      'hostile-gemini/forbidden',
      'hostile-counted/forbidden',
    ]
    const messages = [{ role: 'user', content: '[[status 403]]' }]
    const ask = (model: string) => field.post('/v1/chat/completions', { model, messages })
    return field.storm(2, async () => {
      await Promise.all(
        models.flatMap((model) => Array.from({ length: REFUSALS }, () => ask(model))),
      )
      const ready = await field.get('/health/ready')
      if (ready?.status === 503) field.fail('it says that it is not ready')
    })
  },
}

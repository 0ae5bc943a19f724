import { CLAUDE, GPT } from '../../app/asks.ts'
import { sendJson } from '../answers.ts'
import type { Attack } from '../attack.ts'

const REFUSAL = {
  error: { message: 'Not for this project.', type: 'permission_error', code: null },
}

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
    return field.storm(14, (turn) =>
      field.post('/v1/chat/completions', { model: models[turn % models.length], messages }),
    )
  },
}

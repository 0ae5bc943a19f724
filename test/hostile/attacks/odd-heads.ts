import { GPT } from '../../tools/app/asks.ts'
import { toRequest } from '../../tools/app/raw-client.ts'
import { chatAnswer, sendJson } from '../answers.ts'
import type { Attack } from '../attack.ts'
import { keyOf } from '../field.ts'

const ANSWERED_WITHIN_MS = 2_000
/** What no upstream may see. */
const OWN = [
  'x-first: 1',
  'x-second: 2',
  'x-proxy-authorization: a',
  'x-vault-token: b',
  'x-other-api-key: c',
  'x-client-secret: d',
]

export const oddHeads: Attack = {
  name: 'odd-heads',
  does: 'sends two Host headers, two Connection headers and credentials of other products',
  seconds: 2,
  async run(field) {
    field.upstream.play('heads', async (visit) => {
      for (const header of OWN)
        if (visit.head.toLowerCase().includes(`\r\n${header}`))
          field.fail(`the header ${header} travels to the upstream`)
      sendJson(visit, chatAnswer('ok'))
    })
    const messages = [{ role: 'user', content: 'hello' }]
    const key = `authorization: Bearer ${keyOf()}`
    await field.storm(2, async (turn) => {
      const client = await field.open()
      if (!client) return
      const isHost = turn % 2 === 0
      const more = isHost
        ? ['host: another.example']
        : ['connection: x-first', 'connection: keep-alive, x-second', ...OWN]
      const model = isHost ? GPT : 'hostile/heads'
      client.write(toRequest('/v1/chat/completions', { model, messages }, [key, ...more]))
      const late = field.pause(ANSWERED_WITHIN_MS).then(() => '')
      const answer = await Promise.race([client.until('\r\n\r\n').catch(() => ''), late])
      if (isHost && answer.startsWith('HTTP/1.1 200')) field.fail('two Host headers were taken')
      client.socket.destroy()
    })
  },
}

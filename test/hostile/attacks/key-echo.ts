import { chatEvent, openEvents, sendJson, toChunk } from '../answers.ts'
import type { Attack } from '../attack.ts'
import { HOSTILE_UPSTREAM_KEY } from '../keys.ts'
import { WAYS } from './hostile-streams.ts'

const escape = (text: string, every: number): string =>
  [...text]
    .map((letter, at) =>
      at % every === 0
        ? String.raw`\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
        : letter,
    )
    .join('')

const SPELLINGS = [
  HOSTILE_UPSTREAM_KEY,
  escape(HOSTILE_UPSTREAM_KEY, 1),
  escape(HOSTILE_UPSTREAM_KEY, 5),
]

const toError = (key: string): string =>
  `{"type":"error","error":{"type":"invalid_request_error","message":"You sent ${key}, which is wrong.","code":null,"param":null}}`

export const keyEcho: Attack = {
  name: 'key-echo',
  does: "an upstream writes the operator's key, plain and escaped, into refusals, headers, error events and the end of a stream",
  seconds: 3,
  async run(field) {
    for (const [at, key] of SPELLINGS.entries()) {
      const header = [
        `x-debug: Bearer ${HOSTILE_UPSTREAM_KEY}`,
        `x-request-id: ${HOSTILE_UPSTREAM_KEY}`,
      ]
      for (const status of [400, 401, 429, 500])
        field.upstream.play(`refusal-${status}-${at}`, async (visit) =>
          sendJson(visit, toError(key), { status, headers: header }),
        )
      field.upstream.play(`first-event-${at}`, async (visit) => {
        await openEvents(visit)
        await visit.write(toChunk(`event: error\ndata: ${toError(key)}\n\n`))
        visit.socket.end()
      })
      field.upstream.play(`later-event-${at}`, async (visit) => {
        await openEvents(visit)
        await visit.write(toChunk(chatEvent('hello')))
        await field.pause(10)
        const half = Math.floor(key.length / 2)
        const event = `event: error\ndata: ${toError(key)}\n\n`
        const cut = event.indexOf(key) + half
        await visit.write(toChunk(event.slice(0, cut)))
        await field.pause(10)
        await visit.write(toChunk(event.slice(cut)))
        visit.socket.end()
      })
    }
    const models = SPELLINGS.flatMap((_, at) =>
      [
        'refusal-400',
        'refusal-401',
        'refusal-429',
        'refusal-500',
        'first-event',
        'later-event',
      ].map((name) => `${name}-${at}`),
    )
    const asks = models.flatMap((model) => WAYS.map((way) => () => way(field, model)))
    await field.storm(4, async (turn) => asks[turn % asks.length]?.())
  },
}

/** Answers of an upstream that has no end, or none that fits in memory. */
import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { chatEvent, openEvents, toChunk } from '../answers.ts'
import type { Attack } from '../attack.ts'
import { askEveryWay, WAYS } from './hostile-streams.ts'

export const endlessHeads: Attack = {
  name: 'endless-heads',
  does: 'an upstream sends headers, early answers and chunk sizes without end',
  seconds: 4,
  async run(field) {
    const headers = 'x-more: and more\r\n'.repeat(500)
    field.upstream.play('headers', async ({ write }) => {
      await write('HTTP/1.1 200 OK\r\n')
      while (await write(headers));
    })
    field.upstream.play('early', async ({ write }) => {
      while (await write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(500)));
    })
    field.upstream.play('size', async (visit) => {
      await openEvents(visit)
      while (await visit.write('0'.repeat(10_000)));
    })
    field.upstream.play('trailers', async (visit) => {
      await openEvents(visit)
      await visit.write('0\r\n')
      while (await visit.write(headers));
    })
    const models = ['headers', 'early', 'size', 'trailers']
    await field.storm(6, async (turn) =>
      WAYS[turn % WAYS.length]?.(field, models[turn % models.length] ?? ''),
    )
  },
}

export const drippingStreams: Attack = {
  name: 'dripping-streams',
  does: 'an upstream sends its events in chunks of one byte, as fast as it can',
  seconds: 4,
  async run(field) {
    const bytes = [...chatEvent('ok')].map(toChunk)
    field.upstream.play('drip', async (visit) => {
      await openEvents(visit)
      visit.socket.setNoDelay(true)
      for (;;) {
        for (const byte of bytes) if (!(await visit.write(byte))) return
        await setImmediate()
      }
    })
    await askEveryWay(field, 'drip', 2)
  },
}

export const answerBombs: Attack = {
  name: 'answer-bombs',
  does: 'an upstream answers with gzip that grows to 300 MB, whole and as a stream, though none was asked for',
  seconds: 4,
  async run(field) {
    const zipped = gzipSync(Buffer.alloc(300_000_000, ' '), { level: 1 })
    for (const [model, status] of [
      ['bomb', 200],
      ['bomb-refusal', 500],
    ] as const)
      field.upstream.play(model, async (visit) => {
        const type = visit.streamed ? 'text/event-stream' : 'application/json'
        await visit.write(
          `HTTP/1.1 ${status} Status\r\ncontent-type: ${type}\r\ncontent-encoding: gzip\r\ncontent-length: ${zipped.length}\r\nconnection: close\r\n\r\n`,
        )
        await visit.write(zipped)
        visit.socket.end()
      })
    const messages = [{ role: 'user', content: 'hello' }]
    await field.storm(4, async (turn) => {
      const model = turn % 2 === 0 ? 'bomb' : 'bomb-refusal'
      if (turn % 3 === 0) await WAYS[turn % WAYS.length]?.(field, model)
      else if (turn % 3 === 1)
        await field.post('/v1/messages', { model: `hostile/${model}`, max_tokens: 9, messages })
      else await field.post('/v1/chat/completions', { model: `hostile/${model}`, messages })
    })
  },
}

export const endlessAnswers: Attack = {
  name: 'endless-answers',
  does: 'an upstream answers what is not streamed, and refuses, with a body without end',
  seconds: 5,
  async run(field) {
    const piece = toChunk('x'.repeat(60_000))
    for (const [model, status] of [
      ['endless', 200],
      ['endless-refusal', 500],
    ] as const)
      field.upstream.play(model, async ({ write }) => {
        await write(
          `HTTP/1.1 ${status} Status\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
        )
        await write(toChunk('{"id":"'))
        while (await write(piece));
      })
    const messages = [{ role: 'user', content: 'hello' }]
    await field.storm(8, (turn) => {
      const model = `hostile/${turn % 3 === 0 ? 'endless-refusal' : 'endless'}`
      return field.post(
        '/v1/messages',
        { model, max_tokens: 9, messages },
        { caller: turn, within: 4_000 },
      )
    })
  },
}

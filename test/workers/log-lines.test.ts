import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { readLines } from '../../src/workers/log-lines.ts'

it('passes on complete lines, however they arrive, and nothing of one that is not finished', async () => {
  const stream = new PassThrough()
  const lines: string[] = []
  readLines(stream, (line) => lines.push(line))
  const bytes = Buffer.from('{"a":"ä"}\n{"b":1}\n\n{"c":"unfinished')
  for (const byte of bytes) stream.write(Uint8Array.of(byte))
  stream.end()
  await new Promise((resolve) => stream.once('end', resolve))
  expect(lines).toEqual(['{"a":"ä"}\n', '{"b":1}\n', '\n'])
})

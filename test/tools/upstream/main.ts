/** Runs the scripted upstream on its own: prints its URL as one JSON line and records what it is asked. */
import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startUpstream } from './start.ts'
import type { RecordedCall } from './start.ts'

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, record: { type: 'string' } },
})

const toLine = (call: RecordedCall) =>
  `${JSON.stringify({ ...call, rawBody: undefined, closed: undefined })}\n`

const upstream = await startUpstream({
  port: Number(values.port),
  ...(values.record !== undefined && {
    onClosed(call) {
      appendFileSync(values.record ?? '', toLine(call))
    },
  }),
})

process.stdout.write(`${JSON.stringify({ url: upstream.url })}\n`)

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void upstream.close()
  })

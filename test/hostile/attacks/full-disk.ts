import { GPT } from '../../tools/app/asks.ts'
import type { Attack } from '../attack.ts'
import type { Field } from '../field.ts'

/** So long that a few hundred fill what lies between a process and who reads it. */
const LONG_PATH = `/v1/${'nowhere/'.repeat(60)}`

const fillLog = (field: Field) =>
  field.storm(8, async (turn) => {
    await field.get(LONG_PATH)
    const messages = [{ role: 'user', content: 'hello' }]
    if (turn % 4 === 0) await field.post('/v1/chat/completions', { model: GPT, messages })
  })

export const fullDisk: Attack = {
  name: 'full-disk',
  does: 'fills the log where standard output is a disk that is full, then SIGTERM',
  seconds: 3,
  log: 'full',
  run: fillLog,
}

export const standingLogReader: Attack = {
  name: 'standing-log-reader',
  does: 'fills the log where nobody reads standard output, then SIGTERM',
  seconds: 4,
  log: 'unread',
  run: fillLog,
}

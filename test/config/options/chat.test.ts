/** The section for chat, as the app takes it. */
import { expect, it } from 'vitest'
import { readEnvironment } from '../../../src/config/environment/environment.ts'
import { parseConfigFile } from '../../../src/config/file/config-file.ts'
import { toAppOptions } from '../../../src/config/options/to-app-options.ts'
import { faultsOf } from '../../tools/config/faults-of.ts'

const parse = (text: string) => parseConfigFile(text, 'sluice.yaml', {})

const chatOf = (text: string) =>
  toAppOptions({ flags: {}, file: parse(text), environment: readEnvironment({}) }).options.chat

it('changes nothing unless it is there', () => expect(chatOf('presets: true')).toBeUndefined())

it('is read from the file', () => {
  const text =
    'chat: { model: gpt-5, title_model: small, max_history: 3, when_busy: reject, abandon_after: 90s, expires_after: 7d }'
  expect(chatOf(text)).toEqual({
    model: 'gpt-5',
    titleModel: 'small',
    maxHistory: 3,
    whenBusy: 'reject',
    abandonAfterMs: 90_000,
    expiresAfterMs: 604_800_000,
  })
})

it('has a rate of messages, which may be none', () => {
  expect(chatOf('chat: { message_rate: false }')).toEqual({ messageRate: false })
  expect(chatOf('chat: { message_rate: { per_minute: 60 } }')).toEqual({
    messageRate: { perMinute: 60, burst: 5 },
  })
})

it('waits no longer than a timer can', () => {
  expect(chatOf('chat: { abandon_after: 9999d }')?.abandonAfterMs).toBe(2 ** 31 - 1)
})

it.each([
  ['chat: { abandon_after: 10 }', 'chat.abandon_after'],
  ['chat: { abandon_after: 10 minutes }', 'chat.abandon_after'],
  ['chat: { expires_after: 0s }', 'chat.expires_after'],
  ['chat: { when_busy: later }', 'chat.when_busy'],
  ['chat: { max_history: -1 }', 'chat.max_history'],
  ['chat: { message_rate: true }', 'chat.message_rate'],
  ['chat: { rate: 1 }', 'rate'],
])('%s is refused by its name', (text, name) => {
  expect(faultsOf(() => parse(text)).join('\n')).toContain(name)
})

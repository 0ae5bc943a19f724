/** Who was admitted on a connection is remembered there, and nowhere else. */
import { expect, it } from 'vitest'
import { type CallHeaders, createAccess, createConnectionAccess } from '#access'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { isCall } from '../../tools/app/start-sluice.ts'

const KEYS = ['sk-first', 'sk-later']

const start = (keys: readonly string[] = KEYS) => {
  const access = createAccess({ keys })
  let asked = 0
  const admit = createConnectionAccess((headers) => {
    asked++
    return access.authenticate(headers)
  })
  return { admit, access, asked: () => asked }
}

const BEARER: CallHeaders = { host: 'localhost', authorization: 'Bearer sk-first' }

it('is asked once for the same headers on one connection', () => {
  const { admit, access, asked } = start()
  const connection = {}
  const caller = access.authenticate(BEARER)
  for (let call = 0; call < 3; call++) expect(admit(connection, { ...BEARER })).toEqual(caller)
  expect(asked()).toBe(1)
})

it('is asked again on another connection', () => {
  const { admit, asked } = start()
  admit({}, BEARER)
  admit({}, BEARER)
  expect(asked()).toBe(2)
  expect(() => admit({}, { host: 'localhost' })).toThrow('No API key was sent')
})

it.each<[string, CallHeaders]>([
  ['another key', { ...BEARER, authorization: 'Bearer sk-later' }],
  ['a further key', { ...BEARER, 'x-api-key': 'sk-later' }],
  ['a key for Gemini', { ...BEARER, 'x-goog-api-key': 'sk-later' }],
  ['a key as a sub-protocol', { 'sec-websocket-protocol': 'openai-insecure-api-key.sk-later' }],
])('%s on the same connection has its own caller', (_name, headers) => {
  const { admit, access } = start()
  const connection = {}
  for (const sent of [BEARER, headers, BEARER, headers])
    expect(admit(connection, sent)).toEqual(access.authenticate(sent))
})

it.each<[string, CallHeaders]>([
  ['no key', { host: 'localhost' }],
  ['an empty key', { host: 'localhost', authorization: '' }],
  ['a shorter key', { ...BEARER, authorization: 'Bearer sk-firs' }],
  ['a longer key', { ...BEARER, authorization: 'Bearer sk-first1' }],
  ['a key that differs in its last character', { ...BEARER, authorization: 'Bearer sk-firsT' }],
])('%s is refused behind a call that was admitted', (_name, headers) => {
  const { admit } = start()
  const connection = {}
  admit(connection, BEARER)
  expect(() => admit(connection, headers)).toThrow()
  expect(() => admit(connection, headers)).toThrow()
  admit(connection, BEARER)
})

it('where no key is asked for, another host or origin is decided anew', async () => {
  const { admit } = start([])
  const connection = {}
  admit(connection, { host: 'localhost' })
  for (const refused of [{ host: 'evil.example' }, { host: 'localhost', origin: '' }])
    expect(() => admit(connection, refused)).toThrow()
  const { id } = await admit(connection, { host: 'localhost' })
  expect(id).toBe('anonymous')
})

it('headers beyond 1024 characters are not kept', () => {
  const { admit, asked } = start()
  const connection = {}
  const headers = { ...BEARER, 'x-api-key': 'x'.repeat(1024) }
  for (let call = 0; call < 3; call++) admit(connection, headers)
  expect(asked()).toBe(3)
})

it('callers that share a connection are told apart, and a wrong key is refused on it', async () => {
  const { sluice } = await startHouse({ keys: KEYS })
  const client = await openRawClient(sluice.url)
  const ask = (key: string) => toRequest(CHAT, chatBody(), [`authorization: Bearer ${key}`])
  const sent = ['sk-first', 'sk-first', 'sk-later', 'sk-first', 'sk-wrong']
  client.write(Buffer.concat(sent.map((key) => ask(key))))
  const received = await client.closed
  const statuses = [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
  expect(statuses).toEqual(['200', '200', '200', '200', '401'])
  const { authenticate } = createAccess({ keys: KEYS })
  const callers = sluice.log.filter(isCall).map(({ caller }) => caller)
  const idOf = async (key: string) => (await authenticate({ authorization: `Bearer ${key}` })).id
  expect(callers).toEqual(await Promise.all(sent.slice(0, 4).map(idOf)))
})

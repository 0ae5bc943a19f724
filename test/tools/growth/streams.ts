/** Work of the readers and scanners that know nothing of a protocol. */
import { createEventFilter } from '../../../src/gateway/lanes/relay/event-filter.ts'
import { createHeadText } from '../../../src/transport/http1/head-text.ts'
import { createChunkedDecoder } from '../../../src/transport/http1/chunked.ts'
import { createResponseParser } from '../../../src/transport/http1/response-parser.ts'
import { findHeadEnd } from '../../../src/transport/http1/response-head.ts'
import { gatherPieces } from '../../../src/server/bodies/gather-pieces.ts'
import { addRun } from '../../../src/server/websocket/responses/response-turn.ts'
import { createResponseMemory } from '../../../src/server/websocket/responses/response-memory.ts'
import { createOriginCheck } from '../../../src/access/admission/origins.ts'
import { nearestNames } from '../../../src/router/names/nearest-names.ts'
import {
  createByteChannel,
  createGrowingText,
  createSlotTemplate,
  createSseReader,
  escapeJson,
  findElements,
  findMember,
  findMembers,
  toCanonicalJson,
  toWordSearch,
  unescapeJson,
} from '#streams'
import { createWildcard, type Turn } from '#model'
import { openaiResponses } from '#protocols'
import { createFixedIds } from '../../../src/protocols/openai-chat/call-ids.ts'
import { findFaultInText } from '../../../src/protocols/answers/stream-faults.ts'
import { findAnswers } from '../../../src/protocols/requests/turns/turn-order.ts'
import { createAliases, isCostly } from '#router'
import { createLogRedactor, createRedactor } from '#telemetry'
import type { Measured, Work } from './measure.ts'

const repeat = (times: number, what: () => void): void => {
  for (let time = 0; time < times; time++) what()
}

const nothing = () => undefined

/** Pushes a beginning, and then the same read again and again. */
const reads =
  (first: string, read: string): Work =>
  (size) => {
    const reader = createSseReader(nothing)
    reader.push(first.replace('LONG', 'x'.repeat(size * 20)))
    return () => repeat(size, () => reader.push(read))
  }

const filtered =
  (read: string, searches: boolean): Work =>
  (size) => {
    const filter = createEventFilter(
      () => searches,
      () => false,
    )
    return () => repeat(size, () => void filter.push(read))
  }

const json =
  (text: (size: number) => string, read: (bytes: Buffer) => unknown): Work =>
  (size) => {
    const bytes = Buffer.from(text(size))
    return () => void read(bytes)
  }

const members = (bytes: Buffer) => findMembers(bytes, 1e9)

const canonical =
  (text: (size: number) => string): Work =>
  (size) => {
    const written = text(size)
    return () => void toCanonicalJson(written)
  }

const unsorted = (size: number): string =>
  `{${Array.from({ length: size }, (_, at) => `"${(at * 7919) % size}":1`).join(',')}}`

const parser = (): Work => (size) => {
  const { push } = createResponseParser({ onHead: nothing, onData: nothing, onEnd: nothing })
  push('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
  return () => repeat(size, () => push('1\r\nx\r\n'))
}

const byteByByte =
  (begin: () => (byte: string) => void, bytes: (size: number) => string): Work =>
  (size) => {
    const push = begin()
    const text = bytes(size)
    return () => {
      for (const byte of text) push(byte)
    }
  }

export const STREAMS: Readonly<Record<string, readonly Measured[]>> = {
  createSseReader: [
    ['a long name, then comments', 5000, reads('event: LONG\n', ': comment\n')],
    ['long data, then comments', 5000, reads('data: LONG\n', ': comment\n')],
    ['a long half line, then bytes', 5000, reads('data: LONG', 'x')],
    ['very many lines of one event', 20_000, reads('', 'data: x\n')],
    ['very many empty lines of data', 20_000, reads('', 'data\n')],
    ['bytes of one line', 40_000, reads('data: ', 'x')],
    ['carriage returns', 20_000, reads('', '\r\n\r')],
    ['names without data', 20_000, reads('', 'event: x\n\n')],
  ],
  createEventFilter: [
    ['one event in pieces', 20_000, filtered('data: x ', true)],
    ['one event in lines', 20_000, filtered('data: x\n', true)],
    ['bytes', 40_000, filtered('x', false)],
    ['carriage returns', 20_000, filtered('x\r', false)],
    ['many events', 20_000, filtered('data: x\n\n', true)],
  ],
  findMembers: [
    ['empty objects', 50_000, json((size) => `{"a":[${'{},'.repeat(size)}{}]}`, members)],
    ['brackets', 50_000, json((n) => `{"a":${'['.repeat(n)}${']'.repeat(n)}}`, members)],
    ['backslashes', 100_000, json((n) => `{"a":"${'\\\\'.repeat(n)}"}`, members)],
    ['escaped quotes', 100_000, json((n) => `{"a":"${'\\"'.repeat(n)}"}`, members)],
    ['white space', 200_000, json((n) => `{${' '.repeat(n)}"a":1}`, members)],
    ['many members', 2400, json((n) => `{${'"a":1,'.repeat(n)}"b":2}`, members)],
    [
      'many words',
      50_000,
      json(
        (n) => `{"a":[${'"ab",'.repeat(n)}1]}`,
        (b) => findMembers(b, 9, Infinity, toWordSearch(['ab', 'cd'])),
      ),
    ],
  ],
  toCanonicalJson: [
    ['members', 20_000, canonical((n) => `{${'"a":1,'.repeat(n)}"b":2}`)],
    ['members that are not sorted', 20_000, canonical(unsorted)],
    ['backslashes', 100_000, canonical((n) => `{"a":"${'\\\\'.repeat(n)}"}`)],
    ['escaped quotes', 100_000, canonical((n) => `{"a":"${'\\"'.repeat(n)}"}`)],
    ['strings with escapes', 20_000, canonical((n) => `[${'"\\n",'.repeat(n)}1]`)],
    ['white space', 200_000, canonical((n) => `{${' '.repeat(n)}"a":1}`)],
    ['a string that does not end', 100_000, canonical((n) => `["${'\\"'.repeat(n)}`)],
    ['brackets', 50_000, canonical((n) => '['.repeat(n))],
    ['a long number', 200_000, canonical((n) => `[${'1'.repeat(n)}]`)],
  ],
  findMember: [
    [
      'many',
      50_000,
      json(
        (n) => `{${'"":1,'.repeat(n)}"b":2}`,
        (b) => findMember(b, 'b', 9),
      ),
    ],
  ],
  findElements: [
    [
      'many',
      50_000,
      json(
        (n) => `[${'1,'.repeat(n)}1]`,
        (b) => findElements(b, 9),
      ),
    ],
  ],
  createSlotTemplate: [
    [
      'many holes',
      5000,
      (size) => {
        const template = createSlotTemplate(['n'])
        const event = `{"t":"a",${'"n":1,'.repeat(size)}"z":0}`
        return () => {
          template.learn(event, 't', 1)
          template.match(event)
        }
      },
    ],
  ],
  createGrowingText: [
    [
      'bytes',
      100_000,
      byteByByte(
        () => {
          const text = createGrowingText()
          return (byte) => text.add(byte)
        },
        (n) => 'x'.repeat(n),
      ),
    ],
  ],
  createByteChannel: [
    [
      'bytes',
      50_000,
      byteByByte(
        () => createByteChannel(nothing).write,
        (n) => 'x'.repeat(n),
      ),
    ],
  ],
  escapeJson: [['quotes', 200_000, (n) => () => void escapeJson('"'.repeat(n))]],
  unescapeJson: [['quotes', 200_000, (n) => () => void unescapeJson('\\"'.repeat(n))]],
  createHeadText: [
    [
      'bytes',
      20_000,
      byteByByte(
        () => {
          const text = createHeadText()
          return (byte) => text.push(byte)
        },
        (n) => 'x: y\r\n'.repeat(n / 6),
      ),
    ],
  ],
  findHeadEnd: [['lines', 50_000, (n) => () => void findHeadEnd('a\r\n'.repeat(n), 0)]],
  createChunkedDecoder: [
    [
      'chunks of a byte',
      20_000,
      (n) => () => void createChunkedDecoder().decode('1\r\nx\r\n'.repeat(n)),
    ],
    [
      'a trailer in bytes',
      4000,
      byteByByte(
        () => {
          const { decode } = createChunkedDecoder()
          decode('0\r\n')
          return decode
        },
        (n) => 'a: b\r\n'.repeat(n / 100),
      ),
    ],
  ],
  createResponseParser: [['chunks of a byte', 20_000, parser()]],
  gatherPieces: [
    [
      'bytes',
      50_000,
      (n) => () => {
        const gathered = gatherPieces()
        const byte = Buffer.from('x')
        repeat(n, () => gathered.add(byte))
        void gathered.all
      },
    ],
  ],
  createResponseMemory: [
    [
      'turns that build upon each other',
      5000,
      (n) => () => {
        const memory = createResponseMemory()
        let runs: readonly Buffer[] = []
        for (let turn = 0; turn < n; turn++)
          memory.remember(`${turn}`, (runs = addRun(runs, Buffer.from('{}'))))
      },
    ],
  ],
  createFixedIds: [
    [
      'many ids that do not fit',
      1000,
      (n) => {
        const ids = Array.from({ length: n }, (_, at) => `call_${at}`)
        return () => ids.forEach(createFixedIds(9, ids))
      },
    ],
  ],
  findAnswers: [
    [
      'many calls, answered in reverse',
      1000,
      (n) => {
        const ids = Array.from({ length: n }, (_, at) => `call_${at}`)
        const turns: Turn[] = [
          {
            role: 'assistant',
            parts: ids.map((id) => ({ kind: 'tool-call', id, name: 'look', arguments: '{}' })),
          },
          {
            role: 'tool',
            parts: ids.toReversed().map((callId) => ({ kind: 'tool-result', callId, parts: [] })),
          },
        ]
        return () => void findAnswers(turns)
      },
    ],
  ],
  findReferences: [
    [
      'many items that are only named',
      500,
      (n) => {
        const input = Array.from({ length: n }, (_, at) => ({
          type: 'item_reference',
          id: `a${at}`,
        }))
        const body = Buffer.from(JSON.stringify({ model: 'm', input }))
        return () => void openaiResponses.findReferences?.(body, findMembers(body, 9), true)
      },
    ],
  ],
  findSealed: [
    [
      'many items, of which none is sealed',
      500,
      (n) => {
        const input = Array.from({ length: n }, (_, at) => ({
          encrypted_content: '',
          id: `a${at}`,
        }))
        const body = Buffer.from(JSON.stringify({ model: 'm', input }))
        return () => void openaiResponses.findSealed?.(body)
      },
    ],
  ],
  findFaultInText: [
    ['a long text', 20_000, (n) => () => void findFaultInText(' '.repeat(n * 20), 'error')],
  ],
  createWildcard: [
    ['a cubic pattern', 20_000, (n) => () => void createWildcard('*a*a*a*b')('a'.repeat(n))],
  ],
  createAliases: [
    [
      'a cubic pattern',
      20_000,
      (n) => () => void createAliases([{ name: '*a*a*a*b', targets: ['x'] }])('a'.repeat(n)),
    ],
  ],
  createOriginCheck: [
    ['a cubic pattern', 20_000, (n) => () => void createOriginCheck(['*a*a*a*b'])('a'.repeat(n))],
  ],
  isCostly: [['groups', 20_000, (n) => () => void isCostly('(a)'.repeat(n))]],
  nearestNames: [
    ['long names', 20_000, (n) => () => void nearestNames('a'.repeat(n), ['b'.repeat(n)])],
  ],
  createRedactor: [
    ['near misses', 50_000, (n) => () => void createRedactor(['aaaaab'])('a'.repeat(n))],
  ],
  createLogRedactor: [
    [
      'near misses',
      50_000,
      (n) => () => void createLogRedactor(['aaaaab'])('sk-bearer '.repeat(n)),
    ],
  ],
}

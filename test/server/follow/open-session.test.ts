import { describe, expect, it } from 'vitest'
import { type Chat, type JoinedSession, plain, type Visitor } from '#chat'
import type { SessionMessage } from '#model'
import { openSession } from '../../../src/server/follow/open-session.ts'
import { createPlaces, type Slots } from '../../../src/server/follow/places.ts'

const running = {
  message_id: 'msg_1',
  run_id: 'run_1',
  role: 'assistant',
  content: 'The answer so ',
  status: 'running',
} as unknown as SessionMessage

const slots: Slots = { take: () => ({ allowed: true }), release: () => undefined }

describe('opening a session', () => {
  it('shows the answer in progress from its beginning, also if it ends at the same moment', async () => {
    const joined = {
      id: 'one',
      isNew: false,
      head: 'msg_1',
      // The run has ended while the messages were read.
      activeRun: undefined,
      snapshot: async () => ({ messages: [running], position: { epoch: 1, seq: 7 } }),
      leave: () => undefined,
    } as unknown as JoinedSession
    const chat = { join: async () => joined } as unknown as Chat
    const visitor = { caller: { id: 'ann' } } as unknown as Visitor
    const { connection } = await openSession({ chat, places: createPlaces(slots) }, visitor, {
      dialect: plain,
      id: 'one',
      creates: true,
      isSocket: true,
      position: undefined,
    })
    expect(connection.greet().map(({ text }) => text)).toEqual(['The answer so '])
  })
})

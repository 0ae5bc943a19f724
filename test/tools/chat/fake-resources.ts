/** The session resources of a chat in memory: each answer says what was asked of it. */
import type { SessionResources, Visitor } from '#chat'
import { GatewayError } from '#model'

interface Kept {
  readonly id: string
  readonly messages: readonly object[]
}

export interface FakeSessions {
  create(visitor: Visitor, id?: string): Kept
  find(visitor: Visitor, id: string): Kept
  list(visitor: Visitor): readonly Kept[]
  remove(visitor: Visitor, id: string): void
}

export const createFakeResources = (sessions: FakeSessions): SessionResources => {
  const { create, find, list, remove } = sessions
  return {
    async create(visitor, body) {
      const { id } = body as { id?: string }
      return { ...body, id: create(visitor, id).id }
    },
    list: async (visitor, query) => ({
      sessions: list(visitor).map(({ id }) => ({ id })),
      asked: Object.fromEntries(query),
    }),
    read: async (visitor, id) => ({ id: find(visitor, id).id }),
    patch: async (visitor, id, body) => ({ ...body, id: find(visitor, id).id }),
    delete: async (visitor, id) => remove(visitor, id),
    messages: async (visitor, id) => ({ messages: find(visitor, id).messages }),
    runs: async (visitor, id) => ({ id: find(visitor, id).id, runs: [] }),
    async prompt(visitor, id, runId) {
      find(visitor, id)
      throw new GatewayError('not_found', `There is no run ${runId}.`)
    },
    extend: async (visitor, id, body) => ({ ...body, id: find(visitor, id).id }),
    async fork(visitor, id) {
      find(visitor, id)
      return { id: create(visitor).id }
    },
    async export(visitor, id, format) {
      const { messages } = find(visitor, id)
      return format === 'json' ? JSON.stringify({ messages }) : '# Änderung\n'
    },
    async costs(visitor, id) {
      if (id !== undefined) find(visitor, id)
      return { total_cost: 0 }
    },
    resetCosts: async () => ({ total_cost: 0 }),
  }
}

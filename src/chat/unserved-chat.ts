/** The chat of a process that cannot serve it. */
import { GatewayError } from '#model'
import type { Chat } from './chat.ts'

export const CHAT_NEEDS_ONE_PROCESS =
  'Chat needs one process for now: set server.workers to 1 to use it.'

/** Each worker would have sessions of its own. */
const refuse = (): Promise<never> =>
  Promise.reject(new GatewayError('at_capacity', CHAT_NEEDS_ONE_PROCESS))

export const createUnservedChat = (): Chat => {
  return {
    join: refuse,
    running: 0,
    drain: () => Promise.resolve(),
    resources: {
      create: refuse,
      list: refuse,
      read: refuse,
      patch: refuse,
      delete: refuse,
      messages: refuse,
      runs: refuse,
      prompt: refuse,
      extend: refuse,
      fork: refuse,
      export: refuse,
      costs: refuse,
      resetCosts: refuse,
    },
  }
}

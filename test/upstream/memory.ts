/** What a vendor remembers between calls: stored responses, threads, and what its models have said. */
import type { Body } from './shape.ts'

export interface Memory {
  /** Everything a stored response was asked and answered, by its id. */
  responses: Map<string, Body[]>
  /** Stored items of responses, by id. */
  items: Map<string, Body>
  /** The history of a thread, by the id of its last message. */
  threads: Map<string, { messages: Body[]; system: unknown; tools: unknown; continued: boolean }>
  /** The seals of the thoughts that led to a tool call, by the id of the call. */
  thoughts: Map<string, string[]>
  /** Reasoning that chat models have shown: only this may be sent back. */
  spoken: Set<string>
}

export const createMemory = (): Memory => ({
  responses: new Map(),
  items: new Map(),
  threads: new Map(),
  thoughts: new Map(),
  spoken: new Set(),
})

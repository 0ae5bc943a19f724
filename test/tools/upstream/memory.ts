/** What a vendor remembers between calls: stored responses, threads, and what its models have said. */
import type { Body } from './requests/shape.ts'
import type { Speech } from './answers/speech.ts'

/** A response that can be come back to. */
export interface KeptResponse {
  whole: Body
  speech: Speech
  input: Body[]
  background: boolean
  status: 'queued' | 'in_progress' | 'done' | 'cancelled'
}

export interface Memory {
  /** Everything a stored response was asked and answered, by its id. */
  responses: Map<string, Body[]>
  kept: Map<string, KeptResponse>
  /** Stored items of responses, by id. */
  items: Map<string, Body>
  /** The history of a thread, by the id of its last message. */
  threads: Map<string, { messages: Body[]; system: unknown; tools: unknown; continued: boolean }>
  /** The seals of the thoughts that led to a tool call, by the id of the call. */
  thoughts: Map<string, string[]>
  /** Reasoning that chat models have shown: only this may be sent back. */
  spoken: Set<string>
  /** Beginnings of prompts that the prompt cache has kept, as hashes. */
  prompts: Set<string>
}

export const createMemory = (): Memory => ({
  responses: new Map(),
  kept: new Map(),
  items: new Map(),
  threads: new Map(),
  thoughts: new Map(),
  spoken: new Set(),
  prompts: new Set(),
})

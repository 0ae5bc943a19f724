/** What a call belongs to. It is read when the choice of a target or of a key first depends on it, which is seldom. */
import { createHmac } from 'node:crypto'
import { scopeOf } from '#access'
import type { Conversation, ModelRequest, ProtocolName } from '#model'
import type { NamedTarget } from '#router'
import type { CallBelonging, GatewayCall } from '../../call.ts'
import type { Envelope } from '../envelope.ts'
import { findConversationName } from './conversation-name.ts'

/** @param secret Undefined: conversations are not looked for. */
export const createToBelonging =
  (secret: string | undefined) =>
  (call: GatewayCall, envelope: Envelope): CallBelonging =>
    new LazyBelonging(call, envelope, secret)

interface Asked {
  readonly call: GatewayCall
  readonly envelope: Envelope
}

/** A class: every call has one. */
class LazyBelonging implements CallBelonging {
  home: NamedTarget | undefined
  last: NamedTarget | undefined
  #homeKey: string | undefined
  #lastKey: string | undefined
  readonly used: CallBelonging['used'] = { key: undefined }
  #asked: Asked | undefined
  #secret: string | undefined
  #conversation: Conversation | undefined
  readonly #hasAffinity: boolean

  constructor(call: GatewayCall, envelope: Envelope, secret: string | undefined) {
    this.#asked = { call, envelope }
    this.#secret = secret
    this.#hasAffinity = secret !== undefined
  }

  get wantedKey(): string | undefined {
    return this.#homeKey ?? this.#lastKey
  }

  get conversation(): Conversation | undefined {
    const secret = this.#secret
    if (secret === undefined || !this.#asked) return this.#conversation
    this.#secret = undefined
    const { call, envelope } = this.#asked
    const name = findConversationName(call, envelope)
    if (name !== undefined) this.#conversation = toConversation(call, name, secret)
    return this.#conversation
  }

  get hasSealedThoughts(): boolean {
    if (!this.#asked) return false
    const { body, protocol, askedIn = protocol, asked } = this.#asked.call
    if (asked) return bringsSealedThoughts(asked.request)
    return SEALED[askedIn.name].some((word) => body.includes(word))
  }

  isAt(home: NamedTarget, key: string | undefined): void {
    this.home = home
    this.#homeKey = key
  }

  follows(last: NamedTarget, key: string | undefined): void {
    if (!this.#hasAffinity) return
    this.last = last
    this.#lastKey = key
  }

  leaveConversation(): void {
    this.#secret = this.#conversation = this.last = this.#lastKey = undefined
  }

  settle(): void {
    void this.conversation
    this.#asked = undefined
  }
}

/** Two callers, or two users of one, that give their conversations the same name have two conversations. */
const toConversation = ({ caller }: GatewayCall, name: string, secret: string): Conversation => {
  const digest = createHmac('sha256', secret)
    .update(`${scopeOf(caller)}\n${name}`)
    .digest()
  return {
    id: digest.toString('hex', 0, 16),
    seed: digest.readUInt32LE(16),
    salt: digest.readUInt32LE(20),
    callerId: caller.id,
  }
}

const bringsSealedThoughts = ({ turns }: ModelRequest): boolean =>
  turns.some(({ parts }) =>
    parts.some(
      (part) =>
        part.kind === 'reasoning' && (part.signature !== undefined || part.redacted !== undefined),
    ),
  )

/** One of these words is in every request that brings back thoughts which their account has sealed or signed. */
const SEALED: Readonly<Record<ProtocolName, readonly string[]>> = {
  'openai-chat': ['"reasoning_details"', '"thought_signature"', '"signature"'],
  'openai-responses': ['"encrypted_content"'],
  'anthropic-messages': ['"signature"', '"redacted_thinking"'],
  gemini: ['"thoughtSignature"', '"thought_signature"'],
  'openai-completions': [],
}

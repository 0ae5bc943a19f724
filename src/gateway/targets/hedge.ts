/** Decides whether a call may be asked twice at the same time. */
import type { ModelRequest } from '#model'
import type { Target } from '#router'
import type { GatewayCall } from '../call.ts'
import { isRelayed } from '../lanes/choose-lane.ts'
import { type Envelope, isStoredUpstream, jsonOf } from '../request/envelope.ts'

export interface Hedging {
  /** After how long without an answer the next target is asked as well. */
  readonly afterMs: number
  /** Whether it does no harm that this target is asked and its answer is not used. */
  mayAsk(target: Target): boolean
}

/** They name something that upstream code or a later turn would change twice, or they run without a client. */
const STATEFUL = ['background', 'conversation', 'thread', 'container', 'mcp_servers']

const UNSET: ReadonlySet<string | undefined> = new Set([undefined, 'null', 'false'])

/** A tool of another server, which the upstream calls by itself. It may send or delete something. */
const REMOTE_TOOL = Buffer.from('"mcp"')

/** What only one protocol has may be any of these. */
const mayHaveEffects = ({ tools, extensions }: ModelRequest): boolean =>
  extensions !== undefined || tools.some(({ kind }) => kind === 'native')

/** @param afterMs undefined: the call is asked once. */
export const toHedging = (
  call: GatewayCall,
  envelope: Envelope,
  afterMs: number | undefined,
): Hedging | undefined => {
  if (afterMs === undefined || call.body.includes(REMOTE_TOOL)) return undefined
  if (call.asked && mayHaveEffects(call.asked.request)) return undefined
  if (STATEFUL.some((field) => !UNSET.has(jsonOf(call, envelope, field)))) return undefined
  const isStored = isStoredUpstream(call, envelope)
  return { afterMs, mayAsk: (target) => !isStored || !isRelayed(call, envelope, target) }
}

/** What the steps of a call note of it, from which its settlement is made when it ends. */
import type { MemoryHold, Pass } from '#access'
import type {
  AttemptTrace,
  CacheUse,
  ContentTrace,
  ErrorCode,
  GatewayError,
  ProtocolName,
  Settlement,
  SettledTarget,
} from '#model'
import type { GatewayCall } from '../call.ts'
import type { Spent } from './spent.ts'
import type { StreamPace } from './stream-pace.ts'

/** Where a method takes an attempt, it is the last one unless another is named. */
export interface CallRecord {
  /** Notes the model that the client asked for, and whether it wants a stream. */
  asked(model: string, stream?: boolean): void
  /** Notes the caller's own words for the call, separated by commas. */
  tagged(tags: string | undefined): void
  /** Notes an attempt at a model of a provider. */
  attempt(provider: string, model: string): RecordedAttempt
  /** Adds what the upstream of an attempt needs to continue the trace of the call, if it has one. */
  traced(headers: readonly string[], attempt?: RecordedAttempt): readonly string[]
  /** Records what is said in the last attempt. Undefined: nobody wants that. */
  readonly content: ContentTrace | undefined
  /** Notes that an attempt failed before its answer began. @param status that of the upstream, if it answered */
  attemptFailed(code: ErrorCode, status?: number, attempt?: RecordedAttempt): void
  /** Notes the lane, and the protocol of the target. */
  lane(kind: 'relay' | 'translate', protocol: string, attempt?: RecordedAttempt): void
  /** Whether the last attempt was relayed, so that the upstream speaks the client's protocol. */
  readonly relayed: boolean
  /** The time since the call began. */
  readonly ageMs: number
  /** An upstream is asked. @param key the position of the key that is used, if its provider has several */
  sent(key?: number, attempt?: RecordedAttempt): void
  /** The upstream has sent something, and no byte of the answer has been written yet. */
  received(status?: number, attempt?: RecordedAttempt): void
  firstByte(): void
  /** The first byte is that of a stream. @returns what measures it, if anybody reads the measures. */
  opened(): StreamPace | undefined
  /** Notes what a relayed answer has in place of our own request id. */
  answered(headers: readonly string[]): void
  /** The same of a refusal, whose headers a client of a socket is sent, too. */
  refused(headers: readonly string[]): void
  /** Notes that the client is sent our own request id, whatever its upstream answers. */
  keepsOwnId(): void
  /** Notes that the client was sent the head of a stream before there was an event. */
  openedEarly(): void
  /** Headers for the answer, as alternating names and values. */
  headers(): readonly string[]
  /** Headers with the cost of a call that has been settled, if its cost is known. */
  costHeaders(): readonly string[]
  /** Holds memory for the answer, on the account of the caller. @throws GatewayError `at_capacity` */
  hold(bytes: number): MemoryHold
  /** The cost of a call that has been settled, if a price is known. */
  readonly cost: number | null
  /** The cost of what a stream has used so far, if a price is known. */
  costOf(spent: Spent): number | null
  /** What the call has used so far if its last attempt has used this, and the cost of it all. */
  soFar(spent: Spent): Pick<Settlement, 'usage' | 'cost'>
  /** Notes what an attempt used, although the client does not receive its answer. */
  used(spent: Spent, attempt?: RecordedAttempt): void
  /** Notes the same of an attempt that another one outran. */
  usedInRace(spent: Spent, attempt: RecordedAttempt): void
  /** Of two attempts that ran at the same time, this one decides. From now on it is the last one. */
  decidedBy(attempt: RecordedAttempt): void
  /** Nothing will be generated: what the call settles was only counted. */
  costsNothing(): void
  /** Sets who is called with the cost of the call, once it is settled. */
  tellCost(onCost: GatewayCall['onCost']): void
  /** Sets who is called with the settlement of the call. */
  tellSettlement(onSettlement: GatewayCall['onSettlement']): void
  /** Takes over a hold, which is released when the call ends. */
  holds(memory: Pick<MemoryHold, 'release'>): void
  /** Takes over the pass of the call, which is settled with it. @throws GatewayError if it was refused. */
  admitted(pass: Pass, dialect: ProtocolName): void
  /** Whether limits of this gateway are counted for the call. */
  readonly limited: boolean
  /** Sets who is told of the end of the answer. */
  answeredBy(attempt: AnsweringAttempt): void
  /** Notes what the cache does for the call. @param earlier the call for which a hit was generated. */
  cached(use: CacheUse, earlier?: Served): void
  /** Which target answered, and by which lane. */
  readonly served: Served
  /** The client has left, but the call goes on for others: how it ends for its own client is settled now. */
  left(code: ErrorCode): void
  /** Sets who is called when the call is settled, with how it ended. It ends well if the answer is complete. */
  whenSettled(listener: OnSettled): void
  /** Sets what this call reports of its cost. An earlier call may have reported it already. */
  reports(toReport: ToReport): void
  /** Ends the record. Later calls have no effect. */
  settle(outcome: 'ok' | ErrorCode, spent?: Spent, error?: GatewayError): void
}

/** What is noted of one attempt. */
export interface RecordedAttempt {
  readonly target: SettledTarget
  lane: Settlement['lane']
  protocol: string | undefined
  readonly trace: AttemptTrace | undefined
}

export type ToReport = (spent: Spent | undefined) => Spent

/** The attempt whose answer the client receives. */
export interface AnsweringAttempt {
  ended(outcome: Settlement['outcome']): void
}

export type OnSettled = (outcome: 'ok' | ErrorCode) => void

/** Which target answered, by which lane, and at what cost. */
export interface Served {
  readonly target?: SettledTarget | undefined
  readonly lane?: Settlement['lane']
  readonly protocol?: string | undefined
  /** Null if no price is known. */
  readonly cost: number | null
}

/** The parts of a record that an attempt needs. */
export type AttemptRecord = Pick<
  CallRecord,
  | 'ageMs'
  | 'answered'
  | 'content'
  | 'costOf'
  | 'firstByte'
  | 'hold'
  | 'opened'
  | 'received'
  | 'sent'
  | 'settle'
  | 'used'
>

/** The parts that the choice of a lane needs besides. */
export type LaneRecord = AttemptRecord & Pick<CallRecord, 'lane' | 'soFar'>

/** The parts of a call that its settlement contains. */
export type RecordedCall = Pick<
  GatewayCall,
  'id' | 'requestId' | 'caller' | 'route' | 'body' | 'asked' | 'inFrames'
>

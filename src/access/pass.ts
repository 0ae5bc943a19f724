/** The admission of a call that has found its targets: whether it may run now, and what it takes while it runs. */
import type { GatewayError, ProtocolName, Settlement } from '#model'
import type { Caller } from './caller.ts'

export interface Admission {
  /**
   * Undefined: nothing limits the call. In process the answer is synchronous.
   *
   * @param target the one that is tried first.
   * @throws GatewayError `store_unavailable`
   */
  admit(
    call: AdmittedCall,
    asked: AdmittedRequest,
    target: AdmittedTarget,
  ): Pass | Promise<Pass> | undefined
  /**
   * For a call that is free of limits. Undefined: nothing limits its caller.
   *
   * @param counts whether the tokens that it reports are counted.
   */
  follow(
    call: Omit<AdmittedCall, 'body'>,
    target: AdmittedTarget,
    counts: boolean,
  ): Pass | undefined
}

export interface AdmittedCall {
  readonly requestId: string
  readonly caller: Caller
  /** The address of the client, or its network. Undefined if addresses are not counted. */
  readonly network?: string | undefined
  readonly body: { readonly length: number }
}

export interface AdmittedRequest {
  /** The name that the client asked for. */
  readonly model: string
  /** Whether the answer is a stream. */
  readonly stream: boolean
}

export interface AdmittedTarget {
  readonly provider: { readonly name: string }
  readonly model: string
}

export interface Pass {
  /** Present if the call may not run. Nothing was taken. */
  readonly refusal: GatewayError | undefined
  /** What is left of the limits, as alternating names and values. */
  headers(dialect: ProtocolName): readonly string[]
  /** Releases what the call held, and corrects what was estimated. Called once, at the end of the call. */
  settle(settlement: Pick<Settlement, 'usage' | 'outrunTokens'>): void
}

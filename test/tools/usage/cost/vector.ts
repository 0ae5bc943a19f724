/** One call whose cost was worked out by hand, from the price and the usage that its vendor publishes. */
import type { ProtocolName } from '#model'
import type { VendorName } from '#providers'
import type { Answer } from '../../upstream/answers/answer.ts'

export interface CostVector {
  readonly what: string
  readonly vendor: VendorName
  readonly model: string
  /** What the upstream speaks. */
  readonly protocol: ProtocolName
  /** As the vendor documents it. */
  readonly usage: Record<string, unknown>
  /** What else is in the answer. */
  readonly answer?: Pick<Answer, 'serviceTier' | 'items' | 'grounding'>
  /** A plain decimal. It never comes from the code. */
  readonly dollars: string
  /** There is more to pay than the answer says. */
  readonly estimated?: true
}

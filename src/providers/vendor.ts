/** What a vendor's file needs to be told. */
import type { Transport } from '#transport'
import type { Deadlines } from './provider.ts'

export interface VendorOptions {
  readonly transport: Transport
  /** Absent: the target takes no key. */
  readonly apiKey?: string
  readonly baseUrl?: string
  /** In place of the vendor's own name. */
  readonly name?: string
  readonly injectUsage?: boolean
  readonly deadlines?: Partial<Deadlines>
}

import { type LangchainOptions, langchainVendor } from './langchain/index.ts'
import type { VendorName } from './vendors/index.ts'

interface Configured {
  readonly providers: readonly { readonly name: string; readonly vendor: VendorName }[]
  readonly langchain?: readonly LangchainOptions[]
}

/** The vendor of each provider, whose prices apply. */
export const vendorNames = ({
  providers,
  langchain = [],
}: Configured): ReadonlyMap<string, string> =>
  new Map([
    ...providers.map(({ name, vendor }) => [name, vendor] as const),
    ...langchain.map((each) => [each.name, langchainVendor(each)] as const),
  ])

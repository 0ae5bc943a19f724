/** Finds the providers in a file that have no address, although their vendor has no default address. */
import { type Vendor, type VendorName, VENDORS } from '#providers'
import type { Environment } from '../environment/environment.ts'
import type { FieldFault } from './field-faults.ts'
import type { FileSettings } from '../schema/index.ts'

export const toAddressFaults = ({ providers }: FileSettings, env: Environment): FieldFault[] =>
  Object.entries(providers ?? {}).flatMap(([name, entry]): FieldFault[] => {
    if (entry.langchain) return []
    const vendorName = entry.vendor ?? (name as VendorName)
    const { title, baseUrl, variables }: Vendor = VENDORS[vendorName]
    if ((entry.base_url ?? baseUrl) !== undefined) return []
    // As for every provider, the environment counts only if the file names neither key nor address.
    const asksEnvironment = entry.api_key === undefined && name === vendorName
    if (asksEnvironment && variables?.baseUrl.some((variable) => env[variable]?.trim())) return []
    const text = `must be set: ${title} has no address that all its customers share`
    return [{ path: ['providers', name, 'base_url'], text }]
  })

/** A host name that a test leads to one address and then to another. */
import dns from 'node:dns'
import { onTestFinished, vi } from 'vitest'

type Done = (error: null, address: unknown, family?: number) => void

export const leadName = (name: string, firstAddress: string): { address: string } => {
  const leads = { address: firstAddress }
  const original = dns.lookup
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
    asked: string,
    options: dns.LookupOptions,
    done: Done,
  ) => {
    if (asked !== name) return original(asked, options, done as never)
    const { address } = leads
    return options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4)
  }) as never)
  onTestFinished(() => lookup.mockRestore())
  return leads
}

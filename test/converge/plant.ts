/** Loaded into Sluice before anything else: changes one place in its source, for the self-test. */
import { registerHooks } from 'node:module'
import { FAULT_VARIABLE, PLANTED } from './planted.ts'

const fault = PLANTED[process.env[FAULT_VARIABLE] ?? '']
if (!fault) throw new Error(`${FAULT_VARIABLE} names no fault`)

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith(fault.file)) return loaded
    const source = String(loaded.source)
    // Sluice does not start, so that nobody takes this for a fault that is not found.
    if (source.split(fault.from).length !== 2)
      throw new Error(`${fault.file} has not one '${fault.from}': the fault cannot be planted`)
    return { ...loaded, source: source.replace(fault.from, fault.to) }
  },
})

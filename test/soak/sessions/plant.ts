/** Loaded into Sluice before anything else, for the self-test: readers that leave a session stay in its log. */
import { registerHooks } from 'node:module'

const FILE = '/src/runs/create-event-log.ts'
const FROM = 'return places.delete(place)'
const TO = 'return places.has(place)'

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith(FILE)) return loaded
    const source = String(loaded.source)
    // Sluice does not start, so that nobody takes this for a leak that is not found.
    if (source.split(FROM).length !== 2)
      throw new Error(`${FILE} has not one '${FROM}': the leak cannot be planted`)
    return { ...loaded, source: source.replace(FROM, TO) }
  },
})

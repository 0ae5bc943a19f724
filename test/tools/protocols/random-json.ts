/** Bodies as an upstream out of its mind might send them. */
import * as fc from 'fast-check'

/** A value of the wrong kind, most likely. */
export const odd = fc.oneof(
  fc.constantFrom(null, '', 0, 1, 'a', '{}', '{"x":1}', true),
  fc.jsonValue({ maxDepth: 2 }),
)

/** An object with any of these fields, or now and then no object at all. */
export const record = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.oneof({ weight: 5, arbitrary: fc.record(fields, { requiredKeys: [] }) }, odd)

/** Where the parts of relayed answers are. */
import { expect, it } from 'vitest'
import { type Homes, noteItemsFor } from '../../src/responses/pin-targets.ts'
import { createResponseHomes } from '../../src/responses/response-targets.ts'

const ADA = { id: 'ada' }

const createHomes = (): Homes => ({
  given: createResponseHomes(),
  conversations: createResponseHomes(),
  sealed: createResponseHomes(),
  continued: createResponseHomes(),
  trustsUnknown: false,
})

it('an id that another target gives again moves there without the ids that were given with it', () => {
  const homes = createHomes()
  const giveAt = (name: string, ids: readonly string[]) =>
    noteItemsFor(ADA, { provider: { name }, model: 'm' }, homes, {
      given: true,
      sealed: true,
      used: { key: `key of ${name}` },
    }).onGiven(ids)
  giveAt('one', ['msg_0', 'fc_1', 'sealed 2'])
  giveAt('two', ['msg_0'])
  const nameOf = (id: string) => {
    const home = homes.given.find(ADA, id) ?? homes.sealed.find(ADA, id)
    return [home?.target.provider.name, home?.key]
  }
  expect(nameOf('msg_0')).toEqual(['two', 'key of two'])
  expect(nameOf('fc_1')).toEqual(['one', 'key of one'])
  expect(nameOf('sealed 2')).toEqual(['one', 'key of one'])
})

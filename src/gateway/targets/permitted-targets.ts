/** Finds the targets of a name, and keeps those that the caller may use. */
import { GatewayError } from '#model'
import { type Router, type Target, toTargetName } from '#router'
import type { Asked, GatewayCall } from '../call.ts'
import type { Envelope } from '../request/envelope.ts'

export type ResolveFor = (
  call: Pick<GatewayCall, 'caller' | 'protocol'>,
  name: string,
) => Promise<readonly Target[]>

/**
 * Every spelling of a name leads to targets, and these are what a caller's models are compared with. The name itself
 * counts only if the operator has defined it, as an alias without a pattern: any other name is the caller's own words.
 */
export const createResolver = (router: Router): ResolveFor => {
  const permit = createPermit(router)
  return ({ caller: { models }, protocol }, name) => {
    const found = router.resolve(name, protocol.name, models)
    const isPermitted = permit(models, name)
    if (!isPermitted) return found
    return found.then((targets) => {
      const permitted = targets.filter(isPermitted)
      if (permitted.length === 0) throw notPermitted(name)
      return permitted
    })
  }
}

/** Whether a caller may use a target of a name. Undefined: it may use all. */
export const createPermit = (router: Router) => {
  const aliases = new Set(router.aliasNames)
  return (
    models: ((name: string) => boolean) | undefined,
    name: string,
  ): ((target: Target) => boolean) | undefined =>
    !models || (aliases.has(name) && models(name))
      ? undefined
      : (target) => models(toTargetName(target))
}

/** Fields in which OpenRouter and LiteLLM are told of models to fall back to. */
const FURTHER_MODELS: ReadonlySet<string> = new Set(['models', 'fallbacks'])

/** An upstream would choose among models that were never compared. @throws GatewayError `forbidden` */
export const refuseFurtherModels = (
  { caller: { models }, asked }: Pick<GatewayCall, 'caller' | 'asked'>,
  { members }: Pick<Envelope, 'members'>,
): void => {
  if (!models) return
  const keys = asked ? extensionsOf(asked) : members.map(({ key }) => key)
  const further = keys.find((key) => FURTHER_MODELS.has(key))
  if (further !== undefined)
    throw new GatewayError(
      'forbidden',
      `This caller may not use every model, so it may name no further ones in '${further}'.`,
      { param: further, vendorCode: 'model_not_allowed' },
    )
}

const extensionsOf = ({ request: { extensions = {} } }: Asked): readonly string[] =>
  Object.values(extensions).flatMap(Object.keys)

const notPermitted = (name: string): GatewayError =>
  new GatewayError('forbidden', `This caller may not use the model '${name.slice(0, 200)}'.`, {
    param: 'model',
    vendorCode: 'model_not_allowed',
  })

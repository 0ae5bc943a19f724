import type { SettledTarget } from '#model'
import type { RouterOptions } from './router.ts'

/** The targets that the configuration names, without patterns. */
export const namedTargets = ({
  aliases = [],
  defaultModel = '',
}: Pick<RouterOptions, 'aliases' | 'defaultModel'>): readonly SettledTarget[] =>
  [...aliases.flatMap(({ targets }) => targets), defaultModel].flatMap((target) => {
    const [, provider, model] = /^([^/]+)\/([^*$]+)$/.exec(target) ?? []
    return provider !== undefined && model !== undefined ? [{ provider, model }] : []
  })

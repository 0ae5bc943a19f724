/** Resolves the model name that a client asks for to the targets that may answer, best first. */
import { GatewayError, type Pricer, type ProtocolName } from '#model'
import type { Catalogue, Provider } from '#providers'
import { type AliasOptions, createAliases } from './names/aliases.ts'
import type { Belonging } from './affinity/belonging.ts'
import { createKeepPlaces } from './affinity/keep-places.ts'
import { createPlaces, type Places } from './affinity/places.ts'
import { createMeasures } from './balance/measures.ts'
import { createOrder } from './balance/order.ts'
import { createLookAhead, type Outlook } from './balance/outlook.ts'
import { createTraffic, type Traffic } from './balance/traffic.ts'
import { keepsConversations, leavesOf, replaceLeaves, type Tree } from './balance/tree.ts'
import { type RouteStep, toRouteSteps } from './explain.ts'
import { nearestNames } from './names/nearest-names.ts'
import { PRESETS } from './names/presets.ts'
import { createResolutions } from './resolutions.ts'
import type { Target } from './target.ts'

export interface RouterOptions {
  readonly providers: readonly Provider[]
  /** Additional providers, which may grow in number. They answer only if a name includes their prefix. */
  readonly listed?: readonly Provider[]
  readonly catalogue: Catalogue
  readonly aliases?: readonly AliasOptions[]
  /** False disables the built-in presets. */
  readonly presets?: boolean
  /** The target of a name that nothing else matches. */
  readonly defaultModel?: string
  /** What is known of the targets, for the strategies of aliases. */
  readonly traffic?: Traffic
  /** Absent: no price is known. */
  readonly price?: Pricer
  readonly random?: () => number
  /** Where conversations are. Absent: this router remembers it alone. */
  readonly places?: Places
}

export interface Router {
  /**
   * At least one target.
   *
   * @param suggests whether a name may be suggested in place of one that is not known. Absent: any name.
   * @throws GatewayError `not_found`
   */
  resolve(
    name: string,
    protocol: ProtocolName,
    suggests?: (name: string) => boolean,
  ): Promise<readonly Target[]>
  /**
   * Puts resolved targets, or some of them, in the order in which a call should try them. Those that fail are last.
   *
   * @param inputTokens about how many tokens the call has.
   */
  order<Chosen extends Target>(
    targets: readonly Chosen[],
    inputTokens: number,
    belonging?: Belonging,
  ): readonly Chosen[]
  /** Remembers the target that answered a call, if the next call of its conversation would not find it otherwise. */
  answered(
    targets: readonly Target[],
    target: Target,
    inputTokens: number,
    belonging: Belonging | undefined,
  ): void
  /** Whether the calls of a conversation stay with one of these targets. */
  keepsConversations(targets: readonly Target[]): boolean
  /** What the order of these targets is made of at present. */
  lookAhead(targets: readonly Target[], inputTokens: number): readonly Outlook[]
  /** After how long without an answer of this target another one is asked as well. Undefined: never. */
  hedgeAfterMs(target: Target): number | undefined
  /** How a name led to the targets that it was resolved to. */
  explain(name: string, found: readonly Target[]): readonly RouteStep[]
  /** Aliases that a client can ask for by name, without wildcards. */
  readonly aliasNames: readonly string[]
}

// Aliases may lead to aliases. A longer chain is a circle.
const MAX_STEPS = 8

/** Longer than any real name. Each name is matched with all aliases, and compared with all listed models. */
const MAX_NAME_CHARACTERS = 256

const tooLong = () =>
  new GatewayError(
    'not_found',
    `'model' is longer than ${MAX_NAME_CHARACTERS} characters: no model has such a name.`,
    { param: 'model', vendorCode: 'model_not_found' },
  )

const isDemo = (provider: Provider): boolean =>
  provider.kind === 'local' && provider.isDemo === true

export const createRouter = (options: RouterOptions): Router => {
  const { providers, catalogue } = options
  const byName = new Map(providers.map((provider) => [provider.name, provider]))
  // The demo model answers only if it is named, or if nothing else is configured.
  const vendors = providers.filter((provider) => !isDemo(provider))
  const aliases = createAliases(options.aliases ?? [])
  const presets = createAliases(
    options.presets === false ? [] : PRESETS.filter(({ vendor }) => !byName.has(vendor)),
  )

  const resolutions = createResolutions(providers, options.listed ?? [])

  const { traffic = createTraffic(), price = () => null, random = Math.random } = options
  const measures = createMeasures(traffic, price)
  const order = createOrder({ traffic, measures, random })
  const lookAhead = createLookAhead(traffic, measures)
  /** The strategies that led to a target. A call may leave some targets out, so each of them knows. */
  const trees = new WeakMap<Target, Tree<Target>>()
  const { places = createPlaces() } = options
  const { sort, answered } = createKeepPlaces({ places, order, permits: traffic.permits })

  /** The innermost alias of a target that says so decides. */
  const hedges = new WeakMap<Target, number>()

  const noteHedges = (tree: Tree<Target>, afterMs?: number): void => {
    if (!('value' in tree))
      for (const member of tree.members) noteHedges(member, tree.hedgeAfterMs ?? afterMs)
    else if (afterMs !== undefined) hedges.set(tree.value, afterMs)
  }

  const isReal = ({ provider }: Target): boolean => vendors.length === 0 || !isDemo(provider)

  const providerOf = (name: string): Provider | undefined =>
    byName.get(name) ?? options.listed?.find((provider) => provider.name === name)

  const byPrefix = (name: string): Target[] => {
    const slash = name.indexOf('/')
    const provider = slash > 0 ? providerOf(name.slice(0, slash)) : undefined
    return provider && slash + 1 < name.length ? [{ provider, model: name.slice(slash + 1) }] : []
  }

  const byVendor = (name: string): Target[] => {
    const provider =
      vendors.find((vendor) => vendor.knownModels()?.some(({ id }) => id === name)) ??
      vendors.find((vendor) => vendor.owns(name))
    return provider ? [{ provider, model: name }] : []
  }

  const known = (name: string): readonly Target[] => {
    const named = byPrefix(name)
    return named.length > 0 ? named : byVendor(name)
  }

  const isKnown = (name: string): boolean => known(name).length > 0

  /** The names at the end of the aliases of a name, or the name itself if it is no alias. */
  const follow = (name: string, weight = 1, steps = 0): Tree<string> => {
    const alias = byPrefix(name).length === 0 && steps < MAX_STEPS ? aliases(name) : undefined
    if (!alias) return { weight, value: name }
    const { targets, strategy = 'ordered', weights = [], affinity = true, hedgeAfterMs } = alias
    const members = targets.map((target, at) => follow(target, weights[at], steps + 1))
    return { weight, strategy, hedgeAfterMs, members, keepsConversations: affinity }
  }

  const toTargets = (names: Tree<string>): readonly Target[] => {
    const tree = replaceLeaves(names, (name) =>
      isKnown(name) ? known(name) : (presets(name)?.targets ?? []).flatMap(byPrefix),
    )
    if (!tree) return []
    const targets = leavesOf(tree)
    noteHedges(tree)
    if (!('value' in tree)) for (const target of targets) trees.set(target, tree)
    return targets
  }

  /** Every step except the last ones, which accept any name. */
  const isSettled = (names: Tree<string>): boolean =>
    leavesOf(names).every(isKnown) || vendors.every((vendor) => vendor.knownModels() !== undefined)

  // A provider that was never queried may list it.
  const lookUp = async (name: string): Promise<readonly Target[]> => {
    const names = follow(name)
    if (!isSettled(names)) await catalogue.list()
    return toTargets(names)
  }

  const fallBack = async (name: string, protocol: ProtocolName): Promise<readonly Target[]> => {
    if (options.defaultModel !== undefined)
      return (await lookUp(options.defaultModel)).filter(isReal)
    if (vendors.length === 0) return providers.map((provider) => ({ provider, model: name }))
    const native = vendors.find(
      (vendor) =>
        vendor.kind === 'http' && vendor.protocols.some((spoken) => spoken.name === protocol),
    )
    return native ? [{ provider: native, model: name }] : []
  }

  const names = async (): Promise<string[]> => {
    const lists = await catalogue.list()
    return [
      ...aliasNames,
      ...lists.flatMap(({ provider, models }) => models.map(({ id }) => `${provider.name}/${id}`)),
    ]
  }

  const aliasNames = (options.aliases ?? [])
    .map(({ name }) => name)
    .filter((name) => !name.includes('*') && !name.startsWith('/'))

  /** Where nobody has to be asked for it. Only that is kept. */
  const resolveAtOnce = (name: string): Promise<readonly Target[]> | undefined => {
    if (name.length > MAX_NAME_CHARACTERS) return undefined
    const ends = follow(name)
    const [first, ...rest] = isSettled(ends) ? toTargets(ends) : []
    return first && resolutions.keep(name, [first, ...rest.filter(isReal)])
  }

  const resolveAnew = async (
    name: string,
    protocol: ProtocolName,
    suggests: (name: string) => boolean = () => true,
  ): Promise<readonly Target[]> => {
    if (name.length > MAX_NAME_CHARACTERS) throw tooLong()
    const found = await lookUp(name)
    const targets = found.length > 0 ? found : await fallBack(name, protocol)
    const [first, ...rest] = targets
    if (first) return [first, ...rest.filter(isReal)]
    const near = nearestNames(name, (await names()).filter(suggests))
    throw new GatewayError(
      'not_found',
      `The model '${name.slice(0, 200)}' is not known here.${near.length > 0 ? ` Did you mean ${near.map((candidate) => `'${candidate}'`).join(' or ')}?` : ''}`,
      { param: 'model', vendorCode: 'model_not_found' },
    )
  }

  const { permits } = traffic

  return {
    aliasNames,
    order(targets, inputTokens, belonging) {
      const [first] = targets
      if (!first || targets.length === 1) return targets
      const tree = trees.get(first)
      // It has the same objects, in another order.
      const ordered = tree
        ? (sort(tree, targets, inputTokens, belonging) as typeof targets)
        : targets
      if (ordered.every(permits)) return ordered
      return [...ordered.filter(permits), ...ordered.filter((target) => !permits(target))]
    },
    answered(targets, target, inputTokens, belonging) {
      const tree = targets.length > 1 && belonging ? trees.get(target) : undefined
      if (tree && belonging) answered({ tree, targets, target, inputTokens, belonging })
    },
    keepsConversations(targets) {
      const [first] = targets
      const tree = first && trees.get(first)
      return !tree || keepsConversations(tree)
    },
    lookAhead(targets, inputTokens) {
      const tree = targets[0] && trees.get(targets[0])
      const members = targets.map((value) => ({ weight: 1, value }))
      const fixed = { weight: 1, strategy: 'ordered', members, keepsConversations: true } as const
      return lookAhead(tree ?? fixed, targets, inputTokens)
    },
    hedgeAfterMs: (target) => hedges.get(target),
    explain: (name, found) =>
      toRouteSteps(name.slice(0, MAX_NAME_CHARACTERS), found, {
        byPrefix,
        alias: aliases,
        byVendor,
        preset: (each) => presets(each)?.targets,
        defaultModel: options.defaultModel,
        maxSteps: MAX_STEPS,
      }),
    resolve: (name, protocol, suggests) =>
      resolutions.find(name) ?? resolveAtOnce(name) ?? resolveAnew(name, protocol, suggests),
  }
}

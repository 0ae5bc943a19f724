/**
 * The labels of a target. Callers choose the names of models, so only those count that have served a call or that the
 * configuration names, and of those a bounded number for each provider.
 */
import type { SettledTarget } from '#model'
import type { Redact } from '../../redactor.ts'

export interface TargetLabels {
  readonly labels: { readonly provider: string; readonly model: string }
  /** Differs for targets that differ in any label. */
  readonly key: string
}

export interface TargetLabelOptions {
  /** Targets that the configuration names. */
  readonly known: readonly SettledTarget[]
  readonly redact: Redact
}

const MAX_PROVIDERS = 100
const MAX_MODELS = 50
const MAX_LABEL_CHARACTERS = 128

interface ModelLabels {
  readonly models: Map<string, TargetLabels>
  readonly unknown: TargetLabels
  readonly other: TargetLabels
}

export const createTargetLabels = ({ known, redact }: TargetLabelOptions) => {
  const providers = new Map<string, ModelLabels>()
  const nowhere = toLabels('none', 'unknown')
  const further = toModelLabels('other')

  const clean = (name: string): string =>
    redact(name)
      .slice(0, MAX_LABEL_CHARACTERS)
      .toWellFormed()
      .replace(/\p{Cc}/gu, '\ufffd')

  const ofProvider = (name: string): ModelLabels => {
    const found = providers.get(name)
    if (found || providers.size >= MAX_PROVIDERS) return found ?? further
    const made = toModelLabels(clean(name))
    providers.set(name, made)
    return made
  }

  /** @param served whether the target has answered. */
  const find = (target: SettledTarget | undefined, served: boolean): TargetLabels => {
    if (!target) return nowhere
    const { models, unknown, other } = ofProvider(target.provider)
    const found = models.get(target.model)
    if (found) return found
    if (!served) return unknown
    if (models.size >= MAX_MODELS || target.model.length > MAX_LABEL_CHARACTERS) return other
    const made = toLabels(unknown.labels.provider, clean(target.model))
    models.set(target.model, made)
    return made
  }

  const know = (targets: readonly SettledTarget[]): void => {
    for (const target of targets) find(target, true)
  }
  know(known)
  return {
    find,
    know,
    ofProvider: (name: string): string => ofProvider(name).unknown.labels.provider,
  }
}

const toLabels = (provider: string, model: string): TargetLabels => ({
  labels: { provider, model },
  key: `${provider}\n${model}`,
})

const toModelLabels = (provider: string): ModelLabels => ({
  models: new Map(),
  unknown: toLabels(provider, 'unknown'),
  other: toLabels(provider, 'other'),
})

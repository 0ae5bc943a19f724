import type { Provider } from '#providers'

/** A provider, and the name of a model there. */
export interface Target {
  readonly provider: Provider
  readonly model: string
}

/** A target, by the name of its provider: that may be another object when it is needed. */
export interface NamedTarget {
  readonly provider: { readonly name: string }
  readonly model: string
}

export const toTargetName = ({ provider, model }: NamedTarget): string =>
  `${provider.name}/${model}`

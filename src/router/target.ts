import type { Provider } from '#providers'

/** A provider, and the name of a model there. */
export interface Target {
  readonly provider: Provider
  readonly model: string
}

export const toTargetName = ({ provider, model }: Target): string => `${provider.name}/${model}`

/** The names of models: aliases, the default and the presets. */
import * as z from 'zod'
import { isCostly, STRATEGIES } from '#router'
import { flag, milliseconds, text, weight } from './scalars.ts'

const isExpression = (name: string): boolean => {
  const [, pattern, flags] = /^\/(.+)\/(i?)$/s.exec(name) ?? []
  if (pattern === undefined) return !name.startsWith('/')
  try {
    return Boolean(new RegExp(pattern, flags))
  } catch {
    return false
  }
}

const isQuick = (name: string): boolean =>
  !name.startsWith('/') || !isCostly(name.slice(1, name.lastIndexOf('/')))

const target = text({ description: 'A model, as provider/model, or another alias.' })

const weightedTarget = z.strictObject({
  target,
  weight: weight({
    description:
      'Its share of the calls, compared with the weights of the others. With 0 it is only a fallback.',
    default: 1,
  }).optional(),
})

const choiceSchema = z
  .strictObject({
    strategy: z.enum(STRATEGIES).meta({
      description:
        'How the target that is tried first is chosen: ordered, as they are listed; weighted, by chance and weight; least_busy, the one with the fewest calls in progress; lowest_latency, the quicker one of two that are drawn; cheapest, by price for the size of the call.',
    }),
    targets: z
      .array(z.union([target, weightedTarget], { error: 'must be a model, or a map with target' }))
      .min(1)
      .meta({ description: 'The models, best first.' }),
    hedge_after_ms: milliseconds({
      description:
        'After how long without an answer the next model is asked as well. The one that answers first is used, and the other is cancelled. Both are paid for. Never by default.',
    }).optional(),
    affinity: flag({
      description: 'Whether the calls of a conversation stay with one of the models.',
      default: true,
    }).optional(),
  })
  .superRefine(({ strategy, targets }, context) => {
    for (const [at, each] of targets.entries())
      if (strategy !== 'weighted' && typeof each === 'object' && each.weight !== undefined)
        context.addIssue({
          code: 'custom',
          path: ['targets', at, 'weight'],
          message: 'goes only with the strategy weighted',
        })
  })

const isMap = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const aliasesSchema = z
  .record(
    z
      .string()
      .min(1)
      .refine(isExpression, {
        error: 'must be a regular expression that is whole: /^name$/',
        abort: true,
      })
      .refine(isQuick, {
        error:
          'must be a regular expression that no name can keep busy for ages: it repeats a group that itself holds *, +, ?, {} or |, or it holds more than three of .*',
      }),
    z.union([target, z.array(target).min(1), choiceSchema], {
      // The faults inside of a map say more.
      error: ({ input }) =>
        isMap(input) ? undefined : 'must be the name of a model, or a list of them',
    }),
  )
  .meta({
    description:
      'Names for models: exact, with wildcards (claude-*), or a regular expression (/^gpt-(.*)$/). Each stands for one model or several, best first, or with a strategy. In them, * and $1 are filled in from the name.',
  })

export const defaultSchema = text({
  description: 'The model for names that nothing else matches.',
})

export const affinitySchema = flag({
  description:
    'Whether the calls of a conversation go to the same target and the same key while these work, since caches and thoughts of vendors are there. false: each call is balanced by itself.',
  default: true,
})

export const presetsSchema = flag({
  description:
    'Whether the best-known model names of a vendor that is not configured are served by a vendor that is.',
  default: true,
})

/** The names of models: aliases, the default and the presets. */
import * as z from 'zod'
import { isCostly } from '#router'
import { flag, text } from './scalars.ts'

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
    z.union([target, z.array(target).min(1)], {
      error: 'must be the name of a model, or a list of them',
    }),
  )
  .meta({
    description:
      'Names for models: exact, with wildcards (claude-*), or a regular expression (/^gpt-(.*)$/). Each stands for one model or several, best first. In them, * and $1 are filled in from the name.',
  })

export const defaultSchema = text({
  description: 'The model for names that nothing else matches.',
})

export const presetsSchema = flag({
  description:
    'Whether the best-known model names of a vendor that is not configured are served by a vendor that is.',
  default: true,
})

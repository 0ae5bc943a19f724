/** Which regular expressions an alias may be. */
import { describe, expect, it } from 'vitest'
import { isCostly } from '#router'

describe('an expression', () => {
  it.each([
    '^(a+)+$',
    '^(?:a|aa)+$',
    '^(?:aa?)*$',
    '^((a|b))*$',
    '^(?<name>[a-z]+-?){2,}$',
    '^(?:(?:a{1,9})b){1,50}$',
    'a.*b.*c.*d.*e',
    String.raw`\S+a\S+b\S+c\S+d`,
    String.raw`\w*\w*\w*\w*x`,
    '^[a-z]+[a-c]*a{2,}b*x',
    String.raw`\w*\w*\w*x`,
    String.raw`(\w+)(\w+)\w*\.\w*\w*x`,
  ])('that some name could keep busy: %s', (pattern) => {
    expect(isCostly(pattern)).toBe(true)
  })

  it.each([
    '^gpt-4o(-.*)?$',
    String.raw`^(?:gpt|o\d).*-(?:mini|nano|luna)(?:-[-\d]+)?$`,
    '^gemini-(?!.*embedding).*flash',
    String.raw`^claude-(\d+)-(\d+)-(.*)-(\d+)$`,
    '^(?:[a-z][0-9])+$',
    String.raw`^v\d+\.\d+\.\d+\.\d+-\d{4}-\d{2}$`,
    String.raw`^\w*\w*\w*x`,
    String.raw`\w*\w*x`,
    String.raw`^[)(+*|]+\(a+\)+$`,
    '^(?<vendor>[a-z]+)/(?<model>.+)$',
  ])('that no name can: %s', (pattern) => {
    expect(isCostly(pattern)).toBe(false)
  })
})

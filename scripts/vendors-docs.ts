/** Puts the table of vendors into words. */
import { type Quirk, type Vendor, VENDOR_NAMES, type VendorName, VENDORS } from '#providers'

export const toVendorsDocs = (): string =>
  [
    INTRODUCTION,
    table(
      ['Name', 'Vendor', 'Address', 'Languages', 'Variables'],
      VENDOR_NAMES.map((name) => toRow(name, VENDORS[name])),
    ),
    '## What sets each apart',
    EXPLANATION,
    table(['Vendor', 'Fact', 'What follows', 'Where it is written'], VENDOR_NAMES.flatMap(toFacts)),
  ].join('\n\n') + '\n'

const INTRODUCTION = `<!-- Written by \`npm run docs\` from the table in src/providers/vendors/. -->

# Vendors

A vendor is a row of data. Its name stands in front of the slash (\`groq/llama-3.3-70b-versatile\`) and under
\`providers\` in \`sluice.yaml\`; its variables are enough where there is no file. A client that speaks one of a
vendor's languages is relayed to it; any other is translated into the first of them that can be. \`protocols\` in
the file chooses others. Where a model answers in some of its vendor's languages only, or takes tools in some only,
the others are left out for it; \`x-sluice-protocol\` says in which language it was asked.

A server of your own on Ollama's, LM Studio's, llama.cpp's or vLLM's default port is found after the start, while
Sluice listens on loopback: it is asked for \`/v1/models\` and for nothing else, is listed under its name, and gets a
prompt only where that name stands in front (\`ollama/llama3\`). \`probe_local: false\` switches that off.`

const EXPLANATION = `An error is read in whichever of these shapes it comes, and reaches every client in its own dialect with the
vendor's words, code and field. Where the client speaks the vendor's language and the error has that language's
shape already, it stands to the byte. Headers that tell of limits are passed on to clients of the vendor's own
languages. Others are told how long to wait (\`retry-after\`): what the vendor says, and where a 429 says nothing,
until the limits that are used up begin anew.

- \`nested\`: \`{"error": {"message", "type", "param", "code"}}\`, as OpenAI's; also in a list
- \`wrapped\`: the same around another vendor's, in \`metadata.raw\`
- \`plain\`: \`{"error": "the words", "code"}\`
- \`flat\`: \`{"message", "type", "param", "code"}\`
- \`validation\`: \`{"detail": [{"loc", "msg"}]}\`
- \`problem\`: \`{"status", "title", "detail"}\``

const toRow = (name: VendorName, vendor: Vendor): string[] => {
  const { title, baseUrl, protocols, elsewhere = [], variables } = vendor
  return [
    code(name),
    title,
    baseUrl === undefined ? '`base_url` is needed' : code(baseUrl),
    [...protocols, ...elsewhere.map(({ protocol, path }) => `${protocol} (at ${code(path)})`)].join(
      ', ',
    ),
    [...(variables?.apiKey ?? []), ...(variables?.baseUrl ?? [])].map(code).join(', '),
  ]
}

const toFacts = (name: VendorName): string[][] => {
  const { title, quirks }: Vendor = VENDORS[name]
  return quirks.map((quirk) => [
    title,
    quirk.fact,
    toConsequences(quirk).map(code).join('<br>'),
    `${quirk.source} ${quirk.date}: ${quirk.link}`,
  ])
}

const toConsequences = ({ traits = {}, models, errorShape, limitHeaders }: Quirk): string[] => [
  ...Object.entries(traits).map(([trait, value]) => `${trait}: ${JSON.stringify(value)}`),
  ...(models ? [`only ${models.source}`] : []),
  ...(errorShape ? [`errorShape: ${errorShape}`] : []),
  ...(limitHeaders ?? []),
]

const code = (text: string): string => `\`${text.replaceAll('|', String.raw`\|`)}\``

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** Writes docs/vendors.md from the table of vendors. */
import { type Quirk, type Vendor, VENDOR_NAMES, type VendorName, VENDORS } from '#providers'

export const toVendorsDocs = (): string =>
  [
    INTRODUCTION,
    table(
      ['Name', 'Vendor', 'Address', 'Protocols', 'Variables'],
      VENDOR_NAMES.map((name) => toRow(name, VENDORS[name])),
    ),
    '## Differences between vendors',
    EXPLANATION,
    table(['Vendor', 'Fact', 'Consequence', 'Source'], VENDOR_NAMES.flatMap(toFacts)),
  ].join('\n\n') + '\n'

const INTRODUCTION = `<!-- Written by \`npm run docs\` from the table in src/providers/vendors/. -->

# Vendors

A vendor is a row of data. Its name is used before the slash (\`groq/llama-3.3-70b-versatile\`) and under \`providers\`
in \`sluice.yaml\`. Without a file, its variables are enough. A call in one of the vendor's protocols is relayed. Any
other call is translated into the first of these protocols that is possible. \`protocols\` in the file selects others. If
a model answers in some of these protocols only, or takes tools in some only, it is not asked in the others.
\`x-sluice-protocol\` reports the protocol in which it was asked.

While Sluice listens on loopback, it finds servers on the default ports of Ollama, LM Studio, llama.cpp and vLLM. It
requests \`/v1/models\` from them and nothing else, and lists their models under their names. They receive a prompt only
if the request names them (\`ollama/llama3\`). \`probe_local: false\` disables this.`

const EXPLANATION = `An error may have any of the shapes below. Every client receives it in its own dialect, with the vendor's message, code
and field. If the client speaks the vendor's protocol and the error already has the shape of that protocol, it passes
through unchanged. Headers about rate limits are forwarded to clients of the vendor's own protocols. Other clients
receive \`retry-after\`: the vendor's value or, if a 429 has none, the time until the exhausted limits are reset.

- \`nested\`: \`{"error": {"message", "type", "param", "code"}}\`, as at OpenAI; also in a list
- \`wrapped\`: the same, with another vendor's error in \`metadata.raw\`
- \`plain\`: \`{"error": "the message", "code"}\`
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

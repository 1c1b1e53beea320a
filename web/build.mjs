// Builds dist/: one style sheet (the parts of KERN that internal/ui names,
// then src/app.css), three faces of Fira Sans, the scripts, and the TrueType
// faces of the PDF writer. Names carry a content hash; manifest.json maps the
// plain names to them. Run by `make assets`; needs Node 20 and `npm ci`.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, print, purge, purgeVariables, inline, logical, shorten } from './css.mjs'

const web = dirname(fileURLToPath(import.meta.url))
const kern = join(web, 'node_modules/@kern-ux/native/dist')
const expo = join(web, 'node_modules/@expo-google-fonts/fira-sans')
const dist = join(web, 'dist')
const limit = 60_000 // bytes of app.css, so that a page stays light on a slow line

if (!existsSync(kern)) {
  console.error('web: run npm ci in web/ first')
  process.exit(1)
}
for (const name of readdirSync(dist)) if (name !== '.keep') rmSync(join(dist, name), { recursive: true })
mkdirSync(join(dist, 'fonts'), { recursive: true })

const manifest = {}
function put(name, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8)
  const ext = extname(name)
  const file = `${name.slice(0, -ext.length)}.${hash}${ext}`
  writeFileSync(join(dist, file), content)
  manifest[name] = file
  return file
}

// Fonts. font-display optional would flash nothing but may never show the
// face; swap with matched metrics (size-adjust in app.css) shifts nothing.
const faces = [['Regular', 400], ['SemiBold', 600], ['Bold', 700]]
let fontFaces = ''
for (const [face, weight] of faces) {
  const file = put(`FiraSans-${face}.woff2`, readFileSync(join(kern, `fonts/fira-sans/FiraSans-${face}.woff2`)))
  fontFaces += `@font-face{font-family:"Fira Sans";font-weight:${weight};font-display:swap;src:url(${file}) format("woff2")}`
  cpSync(join(expo, `${weight}${face}`, `FiraSans_${weight}${face}.ttf`), join(dist, `fonts/FiraSans-${face}.ttf`))
}

// Style sheet: keep only the KERN classes that the components use.
const used = new Set()
const ui = join(web, '../internal/ui')
for (const name of readdirSync(ui)) {
  if (!/\.templ$|(?<!_templ|_test)\.go$/.test(name)) continue
  for (const m of readFileSync(join(ui, name), 'utf8').matchAll(/kern-[a-z0-9]+(?:(?:--?|__)[a-z0-9]+)*/g)) used.add(m[0])
}
const sheet = [...logical(purge(parse(readFileSync(join(kern, 'kern.min.css'), 'utf8')), used)), ...parse(readFileSync(join(web, 'src/app.css'), 'utf8'))]
const css = fontFaces + shorten(print(inline(purgeVariables(sheet))))
if (Buffer.byteLength(css) > limit) {
  console.error(`web: app.css has ${Buffer.byteLength(css)} bytes, more than ${limit}`)
  process.exit(1)
}
put('app.css', css)

// Scripts: plain classic scripts, each in a function of its own.
const script = (...names) => names.map(n => `(()=>{"use strict";\n${readFileSync(join(web, 'src', n), 'utf8')}})();\n`).join('')
put('app.js', script('combobox.js', 'upload.js', 'page.js'))
put('desk.js', script('desk.js'))

writeFileSync(join(dist, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n')
console.log(`web: app.css ${(Buffer.byteLength(css) / 1000).toFixed(1)} kB, ${Object.keys(manifest).length} files`)

// Files go up one after another, piece by piece, and go on after a lost
// connection (tus 1.0.0). Without this script the page sends them itself.

const first = 256 << 10 // bytes: enough to tell that a file is of the wrong kind
const piece = 8 << 20
const stalled = 30_000 // ms
const looking = 600_000 // ms that the portal may look at a whole file

const heading = { 'Tus-Resumable': '1.0.0', Accept: 'application/json' }
const base64 = s => btoa(String.fromCharCode(...new TextEncoder().encode(s)))
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all)
const size = n => n < 1e6 ? Math.ceil(n / 1e3) + ' kB' : (n / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 }) + ' MB'

// What went wrong: words to be shown, or "gone", or else it is tried again.
class Wrong extends Error {
  constructor(status, type, body) {
    super()
    this.gone = status === 404 || status === 410
    this.final = status >= 400 && status < 500 && !this.gone && ![408, 409, 423].includes(status) || status === 507
    this.words = type?.startsWith('text/plain') ? body : ''
    try { this.words ||= JSON.parse(body).detail } catch {}
  }
}

async function ask(method, url, headings) {
  const r = await fetch(url, { method, headers: { ...heading, ...headings } })
  if (!r.ok) throw new Wrong(r.status, r.headers.get('Content-Type'), await r.text())
  return r
}

const patch = (up, at) => new Promise((done, fail) => {
  const x = up.request = new XMLHttpRequest()
  let timer
  const watch = ms => { clearTimeout(timer); timer = setTimeout(() => x.abort(), ms) }
  x.open('PATCH', up.url)
  const headings = { ...heading, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': at }
  for (const name in headings) x.setRequestHeader(name, headings[name])
  x.upload.onprogress = e => { watch(stalled); up.show(at + e.loaded) }
  x.upload.onload = () => watch(looking)
  x.onloadend = () => {
    clearTimeout(timer)
    if (x.status === 204) done(Number(x.getResponseHeader('Upload-Offset')))
    else fail(new Wrong(x.status, x.getResponseHeader('Content-Type'), x.responseText))
  }
  watch(stalled)
  x.send(up.file.slice(at, at + (at ? piece : first)))
})

// A pause, which ends when the connection comes back.
const pause = ms => new Promise(done => {
  setTimeout(done, ms)
  addEventListener('online', done, { once: true })
})

// All of a page wait for each other: each changes the page that is stored.
let chain = Promise.resolve()
let left = 0
let pressed = null

for (const box of document.querySelectorAll('[data-upload]')) {
  const words = box.dataset
  const form = box.closest('form')
  const going = box.querySelector('[data-going]')
  const status = box.querySelector('[role=status]')
  const input = box.querySelector('input[type=file]')
  const say = (key, values) => { status.textContent = fill(words[key], values ?? {}) }
  if (!input) continue
  box.querySelector('.lp-files__button')?.setAttribute('hidden', '')
  const hint = box.querySelector('[data-drag]')
  if (matchMedia('(any-hover: hover)').matches) hint.hidden = false

  // What an earlier visit has begun goes on with the same file.
  const rest = box.querySelector('[data-rest]')
  if (rest) rest.hidden = false
  rest?.addEventListener('click', async e => {
    const li = e.target.closest('button') && e.target.closest('li')
    if (!li) return
    e.preventDefault()
    await ask('DELETE', li.dataset.href).catch(() => {})
    li.remove()
    input.focus()
  })
  const begun = file => {
    for (const li of rest?.children ?? []) {
      if (li.dataset.name !== file.name || Number(li.dataset.size) !== file.size || li.dataset.modified !== String(file.lastModified)) continue
      li.remove()
      return li.dataset.href
    }
  }

  // The list as the portal has it now, and the number of the page's state.
  const refresh = async () => {
    const r = await fetch(location.href)
    if (!r.ok) throw new Wrong(r.status)
    const fresh = new DOMParser().parseFromString(await r.text(), 'text/html')
    const now = fresh.getElementById(box.id)
    if (!now) return false
    const old = box.querySelector('[data-files]')
    const list = now.querySelector('[data-files]')
    old?.remove()
    if (list) going.before(list)
    input.hidden = hint.hidden = input.disabled = !now.querySelector('input[type=file]')
    const mine = form.elements._rev
    const theirs = fresh.querySelector('[name=_rev]')
    if (mine && theirs && Number(theirs.value) === Number(mine.value) + 1) mine.value = theirs.value
    return true
  }

  const send = async up => {
    for (let lost = 0; !up.over;) {
      try {
        if (!up.url) {
          const metadata = { filename: up.file.name, field: words.field, modified: String(up.file.lastModified) }
          const r = await ask('POST', words.upload, {
            'Upload-Length': up.file.size, 'Upload-Metadata': Object.entries(metadata).map(([k, v]) => k + ' ' + base64(v)).join(','),
          })
          up.url = r.headers.get('Location')
          up.at = 0
        }
        up.at ??= Number((await ask('HEAD', up.url)).headers.get('Upload-Offset'))
        while (up.at < up.file.size && !up.over) {
          up.show(up.at)
          up.at = await patch(up, up.at)
          if (lost) say('sending', { name: up.file.name })
          lost = 0
        }
        return
      } catch (e) {
        if (up.over) return
        if (e.final) throw e
        up.at = undefined
        if (e.gone) {
          if (up.again++ > 2) throw e
          up.url = ''
        }
        if (!lost) say('lost', { name: up.file.name })
        up.note.textContent = words.lost
        await pause(Math.min(30_000, 1000 * 2 ** lost++))
      }
    }
  }

  const add = file => {
    const li = box.querySelector('template').content.firstElementChild.cloneNode(true)
    const bar = li.querySelector('progress')
    const [retry, cancel] = li.querySelectorAll('button')
    const up = { file, url: begun(file), again: 0, over: false, note: li.querySelector('.lp-file__note') }
    const error = li.querySelector('.lp-file__error')
    up.show = n => {
      bar.value = n / file.size * 100
      up.note.textContent = fill(words.percent, { percent: Math.floor(bar.value), size: size(file.size) })
    }
    li.querySelector('.lp-file__name').textContent = file.name
    bar.setAttribute('aria-label', fill(words.bar, { name: file.name }))
    for (const b of [retry, cancel]) {
      b.type = 'button'
      b.setAttribute('aria-label', b.textContent.trim() + ': ' + file.name)
    }
    const start = () => {
      error.textContent = ''
      bar.hidden = false
      retry.hidden = true
      up.note.textContent = words.waiting
      left++
      chain = chain.then(async () => {
        try {
          if (up.over) return
          say('sending', { name: file.name })
          await send(up)
          if (up.over) return
          let fresh = null
          for (let n = 0; fresh === null && n < 5; n++) fresh = await refresh().catch(() => pause(1000 * 2 ** n).then(() => null))
          if (fresh) li.remove()
          else { bar.hidden = cancel.hidden = true; up.note.textContent = '' }
          going.hidden = !going.children.length
          say('done', { name: file.name })
        } catch (e) {
          up.url = up.at = undefined
          bar.hidden = true
          retry.hidden = false
          up.note.textContent = ''
          error.textContent = e.words || fill(words.failed, { name: file.name })
          status.textContent = error.textContent
          if (pressed) retry.focus()
          pressed = null
        } finally {
          if (!--left && pressed) form.requestSubmit(pressed)
        }
      })
    }
    retry.addEventListener('click', start)
    cancel.addEventListener('click', () => {
      up.over = true
      up.request?.abort()
      if (up.url) ask('DELETE', up.url).catch(() => {})
      li.remove()
      going.hidden = !going.children.length
      say('cancelled', { name: file.name })
      input.focus()
    })
    going.append(li)
    going.hidden = false
    start()
  }

  const take = files => { for (const file of files) add(file) }
  input.addEventListener('change', () => {
    const files = [...input.files]
    input.value = ''
    take(files)
  })
  box.addEventListener('dragover', e => {
    if (input.hidden || !e.dataTransfer.types.includes('Files')) return
    e.preventDefault()
    words.over = ''
  })
  box.addEventListener('dragleave', () => { delete words.over })
  box.addEventListener('drop', e => {
    delete words.over
    if (input.hidden || !e.dataTransfer.files.length) return
    e.preventDefault()
    take(input.multiple ? [...e.dataTransfer.files] : [e.dataTransfer.files[0]])
  })

  // Going on waits for what is still going up.
  form.addEventListener('submit', e => {
    if (!left || e.defaultPrevented) return
    e.preventDefault()
    pressed = e.submitter
    say('hold')
  })
}

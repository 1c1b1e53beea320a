// Files go up one after another, piece by piece, and go on after a lost
// connection (tus 1.0.0). Without this script the page sends them itself.

const first = 256 << 10 // bytes: enough to tell that a file is of the wrong kind
const piece = 8 << 20
const stalled = 30_000 // ms
const looking = 120_000 // ms that the portal may look at what came; asked again, it does not begin anew

const heading = { 'Tus-Resumable': '1.0.0', Accept: 'application/json' }
const base64 = s => btoa(String.fromCharCode(...new TextEncoder().encode(s)))
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all)
const size = n => n < 1e6 ? Math.ceil(n / 1e3) + ' kB' : (n / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 }) + ' MB'

// What went wrong: words to be shown, or "gone", or else it is tried again.
// What is refused is never taken; other than a limit, which passes.
class Wrong extends Error {
  constructor(status, type, body) {
    super()
    this.refused = status === 413 || status === 422
    this.gone = status === 404 || status === 410
    this.final = status >= 400 && status < 500 && !this.gone && ![408, 409, 423].includes(status) || status === 507
    this.words = type?.startsWith('text/plain') ? body : ''
    try { this.words ||= JSON.parse(body).detail } catch {}
  }
}

async function ask(method, url, headings) {
  const r = await fetch(url, { method, headers: { ...heading, ...headings }, signal: AbortSignal.timeout(stalled) })
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

// A pause, which ends when the connection comes back, or the upload is cancelled.
const pause = (ms, up) => new Promise(done => {
  up.wake = done
  setTimeout(done, ms)
  addEventListener('online', done, { once: true })
})

// All of a page wait for each other: each changes the page that is stored.
let chain = Promise.resolve()
let left = 0
let held = null // who waits to go on: the form, and what was pressed
const note = Object.assign(document.createElement('p'), { className: 'lp-file__note' })
const release = () => {
  held = null
  note.remove()
}
addEventListener('beforeunload', e => { if (left) e.preventDefault() })

for (const box of document.querySelectorAll('[data-upload]')) {
  const words = box.dataset
  const form = box.closest('form')
  const going = box.querySelector('[data-going]')
  const status = box.querySelector('[role=status]')
  const input = box.querySelector('input[type=file]')
  if (!input) continue

  // What comes at once is heard together.
  let spoken = 0
  const speak = text => {
    const now = performance.now()
    status.textContent = now - spoken < 1000 ? status.textContent + ' ' + text : text
    spoken = now
  }
  const say = (key, values) => speak(fill(words[key], values ?? {}))

  // The focus stays in the field, whatever is taken away under it.
  const keep = change => {
    const at = document.activeElement
    const inside = box.contains(at)
    change()
    if (inside && (!at.isConnected || at.closest('[hidden]'))) (input.hidden && box.querySelector('[data-files] button') || input).focus()
  }
  const take = li => keep(() => {
    const list = li.parentElement
    li.remove()
    if (list) list.hidden = !list.children.length
  })
  box.querySelector('.lp-files__button')?.setAttribute('hidden', '')
  const hint = box.querySelector('[data-drag]')
  if (matchMedia('(any-hover: hover)').matches) hint.hidden = false

  // What an earlier visit has begun goes on with the same file.
  const rest = box.querySelector('[data-rest]')
  if (rest) rest.hidden = false
  for (const li of rest?.children ?? []) {
    const b = li.querySelector('button')
    b.type = 'button'
    b.addEventListener('click', () => {
      ask('DELETE', li.dataset.href).catch(() => {}) // or it is erased after a day
      take(li)
      say('cancelled', { name: li.dataset.name })
    })
  }
  const begun = file => {
    const name = file.name.normalize()
    const li = [...rest?.children ?? []].find(({ dataset: d }) => d.name === name && Number(d.size) === file.size && d.modified === String(file.lastModified))
    if (li) take(li)
    return li?.dataset.href
  }

  // The list as the portal has it now, and the number of the page's state.
  const refresh = async () => {
    const r = await fetch(location.href)
    if (!r.ok) throw new Wrong(r.status)
    const fresh = new DOMParser().parseFromString(await r.text(), 'text/html')
    const now = fresh.getElementById(box.id)
    if (!now) return false
    const list = now.querySelector('[data-files]')
    const old = box.querySelector('[data-files]')
    keep(() => {
      if (old && list) { // who stands on a button there stays there
        const items = [...list.children]
        items.forEach((li, i) => {
          const had = old.children[i]
          if (!had) old.append(li)
          else if (!had.isEqualNode(li)) had.replaceWith(li)
        })
        while (old.children.length > items.length) old.lastElementChild.remove()
      } else if (list) going.before(list)
      else old?.remove()
      input.hidden = !now.querySelector('input[type=file]')
      if (input.hidden) hint.hidden = true
    })
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
        await up.file.slice(0, 1).arrayBuffer().catch(() => { throw new Wrong(422, 'text/plain', fill(words.unreadable, { name: up.file.name })) })
        if (e.gone) {
          if (up.again++ > 2) throw e
          up.url = ''
        }
        if (!lost) say('lost', { name: up.file.name })
        up.note.textContent = words.lost
        await pause(Math.min(30_000, 1000 * 2 ** lost++), up)
      }
    }
  }

  // A cancelled file may have been there already: then it stands in the list.
  const drop = async up => {
    const url = up.url
    up.url = ''
    if (!url) return
    await ask('DELETE', url).catch(() => {})
    await refresh().catch(() => {})
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
      if (performance.now() - spoken > 20_000) speak(file.name + ': ' + up.note.textContent)
    }
    li.querySelector('.lp-file__name').textContent = file.name
    bar.setAttribute('aria-label', fill(words.bar, { name: file.name }))
    const name = (b, text) => {
      b.querySelector('.kern-label').textContent = text
      b.setAttribute('aria-label', text + ': ' + file.name)
    }
    retry.type = cancel.type = 'button'
    name(retry, words.again)
    const start = () => {
      error.textContent = ''
      name(cancel, words.cancel)
      if (document.activeElement === retry) cancel.focus()
      bar.hidden = false
      retry.hidden = true
      up.note.textContent = words.waiting
      left++
      chain = chain.then(async () => {
        try {
          if (up.over) return
          say('sending', { name: file.name })
          await send(up)
          if (up.over) return await drop(up)
          let fresh = null
          for (let n = 0; fresh === null && n < 5; n++) fresh = await refresh().catch(() => pause(1000 * 2 ** n, up).then(() => null))
          if (fresh) {
            take(li)
            box.classList.remove('kern-form-input--error')
            box.querySelector(':scope > .kern-error')?.remove()
            input.removeAttribute('aria-invalid')
            input.classList.remove('kern-form-input__input--error')
          } else {
            keep(() => { bar.hidden = cancel.hidden = true })
            up.note.textContent = ''
          }
          say('done', { name: file.name })
        } catch (e) {
          up.at = undefined
          if (e.refused) up.url = ''
          bar.hidden = true
          retry.hidden = !!e.refused
          name(cancel, words.discard)
          up.note.textContent = ''
          error.textContent = e.words || fill(words.failed, { name: file.name })
          speak(error.textContent)
          if (held) (e.refused ? cancel : retry).focus()
          release()
        } finally {
          if (!--left && held) {
            const { form, by } = held
            release()
            form.requestSubmit(by?.isConnected ? by : null)
          }
        }
      })
    }
    retry.addEventListener('click', start)
    cancel.addEventListener('click', () => {
      up.over = true
      up.request?.abort()
      up.wake?.()
      chain = chain.then(() => drop(up))
      take(li)
      say('cancelled', { name: file.name })
    })
    going.append(li)
    going.hidden = false
    start()
  }

  input.addEventListener('change', () => {
    const files = [...input.files]
    input.value = ''
    files.forEach(add)
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
    const files = [...e.dataTransfer.files]
    files.slice(0, input.multiple ? files.length : 1).forEach(add)
  })

  // Going on waits for what is still going up.
  form.addEventListener('submit', e => {
    if (!left || e.defaultPrevented) return
    e.preventDefault()
    held = { form, by: e.submitter }
    note.textContent = words.hold
    const buttons = e.submitter?.closest('.lp-buttons')
    if (buttons) buttons.before(note)
    else box.append(note)
    say('hold')
  })
}

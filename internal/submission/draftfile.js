"use strict";
(() => {
  const $ = (id) => document.getElementById(id), all = (s) => document.querySelectorAll(s);
  const bytes = (s) => Uint8Array.from(atob(s.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = new TextEncoder();
  const say = (fault) => all("[data-fault]").forEach((p) => { p.hidden = p.dataset.fault !== fault; });
  const busy = (on) => all("[data-busy]").forEach((p) => { p.hidden = !on; });
  const add = (to, tag, words) => { const e = document.createElement(tag); if (words) e.textContent = words; to.append(e); return e; };
  const hex = (b) => Array.from(new Uint8Array(b), (x) => x.toString(16).padStart(2, "0")).join("");

  const open = async (passphrase) => {
    const [salt, frame, sealed, sum, ...more] = $("daten").textContent.split(" ");
    if (!sum || more.length || hex(await crypto.subtle.digest("SHA-256", text.encode(salt + " " + frame + " " + sealed))) !== sum) return "damaged";
    const base = await crypto.subtle.importKey("raw", text.encode(passphrase.normalize("NFC")), "PBKDF2", false, ["deriveKey"]);
    const key = await crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: 600000 },
      base, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
    const box = bytes(sealed);
    let plain;
    try {
      plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: box.subarray(1, 13), additionalData: text.encode(frame) }, key, box.subarray(13));
    } catch { return "wrong"; }
    show(JSON.parse(new TextDecoder().decode(plain)));
    return "";
  };

  const show = (content) => {
    const to = $("answers");
    for (const shown of content.shown) {
      const side = add(to, "div");
      side.className = side.lang = shown.lang;
      for (const part of shown.parts) {
        add(side, "h2", part.title);
        const list = add(side, "dl");
        for (const [term, value] of part.rows || []) { add(list, "dt", term); add(list, "dd", value); }
      }
    }
    $("ask").remove();
    to.focus();
  };

  for (const lang of ["de", "en"]) $(lang).addEventListener("click", () => { document.documentElement.lang = lang; });
  $("switch").hidden = false;
  if (!window.crypto || !crypto.subtle) { say("old"); return; }
  $("ask").hidden = false;
  $("ask").addEventListener("submit", async (e) => {
    e.preventDefault();
    say("");
    busy(true);
    let fault = "damaged";
    try { fault = await open($("passphrase").value); } catch { /* not what we wrote */ }
    busy(false);
    say(fault);
    if (fault) $("passphrase").focus();
  });
})();

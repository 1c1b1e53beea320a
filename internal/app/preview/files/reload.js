// Loads the page anew when the form has changed, and puts back what was typed
// and not saved yet.
(() => {
  const round = document.currentScript.dataset.round;
  const key = "preview " + location.pathname;
  const controls = () => [...document.querySelectorAll("main input, main select, main textarea")]
    .filter((c) => c.name && !c.name.startsWith("_") && c.type !== "file");
  let typed = [];
  try {
    typed = JSON.parse(sessionStorage.getItem(key)) || [];
    sessionStorage.removeItem(key);
  } catch { /* storage is off: only saved answers stay */ }
  for (const c of controls()) {
    const was = typed.find((t) => t.name === c.name && (t.type === "text" || t.value === c.value));
    if (!was) continue;
    if (was.type === "text") c.value = was.value;
    else c.checked = was.checked;
    c.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const events = new EventSource("/_preview/events");
  events.onmessage = (e) => {
    if (e.data === round) return;
    events.close();
    try {
      sessionStorage.setItem(key, JSON.stringify(controls().map((c) => {
        const tick = c.type === "radio" || c.type === "checkbox";
        return { name: c.name, value: c.value, checked: c.checked, type: tick ? "tick" : "text" };
      })));
    } catch { /* as above */ }
    location.replace(location.href.split("#")[0]);
  };
})();

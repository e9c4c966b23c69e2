// Live prices and news: one socket a page, open while somebody looks at it. Without it the page works as it was served.
(() => {
  "use strict";
  const address = document.querySelector("meta[name=live-url]")?.content;
  if (!address || !("WebSocket" in window)) return;
  const url = new URL(address, location.href);
  url.protocol = url.protocol.replace("http", "ws");

  const FIRST_WAIT = 1000;
  const LONGEST_WAIT = 30000;
  const CROWDED_WAIT = 60000;
  const HIDDEN_STAYS = 20000;
  const LIVE_SECONDS = 60;
  const DELAYED_SECONDS = 1200;
  const PAUSE = 5000;
  const SIGNED_OUT = 4401;
  const TOO_MANY = 4429;
  const SOURCES = { ibkr: "IBKR", ibkr_delayed: "IBKR", massive: "Massive", alpha_vantage: "Alpha Vantage" };
  const NEWS = ["order", "execution", "gateway", "kill_switch", "difference", "harvest", "import", "job", "ledger", "portfolio", "sync"];
  const latest = new Map();
  const watched = new Set();
  const told = new Set();
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let socket = null;
  let failures = 0;
  let wasOpen = false;
  let isOver = false;
  let retry = 0;
  let hiding = 0;

  // Figures: exact decimals as whole numbers of 10^-8 ----------------------------------------------
  const PLACES = 8;
  function parsed(text) {
    const found = /^(-?)(\d+)(?:\.(\d{1,8})\d*)?$/.exec(text ?? "");
    if (!found) return null;
    const size = BigInt(found[2] + (found[3] || "").padEnd(PLACES, "0"));
    return found[1] ? -size : size;
  }
  // Rounds half to even, as the server does.
  function rounded(value, drop) {
    const unit = 10n ** BigInt(drop);
    const size = value < 0n ? -value : value;
    const [whole, rest] = [size / unit, (size % unit) * 2n];
    const up = rest > unit || (rest === unit && whole % 2n === 1n) ? whole + 1n : whole;
    return value < 0n ? -up : up;
  }
  function written(value, places) {
    const digits = String(value < 0n ? -value : value).padStart(places + 1, "0");
    const cut = digits.length - places;
    const whole = digits.slice(0, cut).replace(/\B(?=(\d{3})+$)/g, ",");
    return `${value < 0n ? "\u2212" : ""}${whole}${places ? "." : ""}${digits.slice(cut)}`;
  }
  function price(text) {
    const value = parsed(text);
    if (value === null) return null;
    let drop = 0;
    while (drop < PLACES - 2 && value % 10n ** BigInt(drop + 1) === 0n) drop += 1;
    return written(value / 10n ** BigInt(drop), PLACES - drop);
  }
  const cents = (value, places) => rounded(value, places - 2);
  const signed = (text) => (text.startsWith("\u2212") || !/[1-9]/.test(text) ? text : `+${text}`);

  // What a price says of itself --------------------------------------------------------------------
  const clock = (moment) => moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  function state(entry) {
    if (entry.source === "last_close") return ["plain", "last close"];
    const asOf = new Date(entry.as_of);
    const age = (Date.now() - asOf) / 1000;
    const isOpen = socket?.readyState === WebSocket.OPEN;
    if (!isOpen || age > (entry.delayed ? DELAYED_SECONDS : LIVE_SECONDS)) return ["warn", `stale since ${clock(asOf)}`];
    const source = SOURCES[entry.source] || entry.source;
    return entry.delayed ? ["warn", `delayed \u00b7 ${source} ${clock(asOf)}`] : ["ok", `live \u00b7 ${source}`];
  }
  function badge(element, entry) {
    const [kind, words] = state(entry);
    const name = `badge badge-${kind}${kind === "ok" ? " badge-dot" : ""}`;
    const shown = element.firstElementChild;
    if (shown?.className === name && shown.textContent === words) return;
    const mark = document.createElement("span");
    mark.className = name;
    mark.textContent = words;
    element.replaceChildren(mark);
    // The day of a close may be left out on a phone; how fresh a live price is may not.
    element.classList.remove("max-sm:hidden");
  }

  // Showing ----------------------------------------------------------------------------------------
  function put(element, text) {
    if (text === null || element.textContent === text) return false;
    element.textContent = text;
    element.hidden = false;
    if (!still.matches) {
      const tint = "color-mix(in oklab, currentColor 16%, transparent)";
      element.animate([{ backgroundColor: tint }, { backgroundColor: "transparent" }], { duration: 700, easing: "ease-out" });
    }
    return true;
  }
  function value(element, entry) {
    const [units, now] = [parsed(element.dataset.liveUnits), parsed(entry.price)];
    if (units === null || now === null) return null;
    const amount = cents(units * now, 2 * PLACES);
    element.dataset.liveNow = String(amount);
    return `now ${written(amount, 2)}`;
  }
  const FIELDS = {
    price: (_element, entry) => price(entry.price),
    change: (_element, entry) => (entry.change === null ? null : signed(price(entry.change) ?? "")),
    value,
  };
  function show(element) {
    const entry = latest.get(element.dataset.livePrice);
    if (!entry) return;
    const field = element.dataset.liveField || "price";
    if (field === "badge") badge(element, entry);
    // A last close is what the page was served with.
    else if (entry.source !== "last_close") put(element, FIELDS[field]?.(element, entry) ?? null);
  }
  const marked = () => document.querySelectorAll("[data-live-price]");
  const named = (symbol) => document.querySelectorAll(`[data-live-price="${CSS.escape(symbol)}"]`);

  function totals() {
    for (const total of document.querySelectorAll("[data-live-total]")) {
      let [sum, moves] = [parsed(total.dataset.liveTotal), false];
      if (sum === null) continue;
      for (const line of total.closest("table").querySelectorAll("[data-live-now]")) {
        sum += BigInt(line.dataset.liveNow) * 10n ** 6n - (parsed(line.dataset.liveBook) ?? 0n);
        moves = true;
      }
      if (moves) put(total, `now ${written(cents(sum, PLACES), 2)}`);
    }
  }

  // Prices do not announce themselves: a total does, once they rest; so does the link, when it is lost.
  const voice = document.createElement("div");
  voice.className = "sr-only";
  voice.setAttribute("role", "status");
  document.body.append(voice);
  let resting = 0;
  function rest() {
    clearTimeout(resting);
    resting = setTimeout(() => {
      const total = document.querySelector("[data-live-total]:not([hidden])");
      if (total && !document.documentElement.classList.contains("privacy")) voice.textContent = `Total ${total.textContent}`;
    }, PAUSE);
  }

  function ticked(entries) {
    for (const entry of entries) {
      latest.set(entry.symbol, entry);
      for (const element of named(entry.symbol)) show(element);
    }
    if (entries.some((entry) => entry.source !== "last_close")) {
      for (const legend of document.querySelectorAll("[data-live-legend]")) legend.hidden = false;
    }
    totals();
    rest();
  }
  function showAll() {
    for (const element of marked()) show(element);
    totals();
  }
  const aged = () => {
    for (const element of document.querySelectorAll('[data-live-field="badge"]')) show(element);
  };
  setInterval(aged, 15000);

  // News: fragments listen with hx-trigger="order-changed from:body" --------------------------------
  const due = new Map();
  let telling = 0;
  function tell(names, detail) {
    for (const name of names) due.set(`${name}-changed`, detail);
    clearTimeout(telling);
    telling = setTimeout(() => {
      for (const [name, facts] of due) {
        document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: facts }));
      }
      due.clear();
    }, 250);
  }
  function happened(event) {
    // It may be told twice.
    if (told.has(event.id)) return;
    told.add(event.id);
    if (told.size > 500) told.delete(told.values().next().value);
    tell([event.topic.split(".")[0]], event);
  }

  // The socket -------------------------------------------------------------------------------------
  const say = (action, symbols) => symbols.length && socket.send(JSON.stringify({ action, symbols }));
  function watch() {
    if (socket?.readyState !== WebSocket.OPEN) return;
    const wanted = new Set([...marked()].map((element) => element.dataset.livePrice));
    const [more, less] = [[...wanted].filter((one) => !watched.has(one)), [...watched].filter((one) => !wanted.has(one))];
    for (const symbol of more) watched.add(symbol);
    for (const symbol of less) {
      watched.delete(symbol);
      latest.delete(symbol);
    }
    say("unsubscribe", less);
    say("subscribe", more);
  }
  function heard(message) {
    const frame = JSON.parse(message.data);
    if (frame.type === "prices") ticked(frame.prices);
    else if (frame.type === "event") happened(frame);
    else if (frame.type === "resync") tell(NEWS, {});
  }
  function opened() {
    failures = 0;
    watched.clear();
    watch();
    aged();
    if (wasOpen) {
      if (voice.textContent === LOST) voice.textContent = "Live prices are back.";
      tell(NEWS, {});
    }
    wasOpen = true;
  }
  const LOST = "Live prices are interrupted.";
  function closed(event) {
    socket = null;
    aged();
    if (event.code === SIGNED_OUT) isOver = true;
    if (isOver || document.hidden) return;
    failures += 1;
    if (wasOpen && failures === 2) voice.textContent = LOST;
    const longest = event.code === TOO_MANY ? CROWDED_WAIT : Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1));
    // Scattered, so that a server that comes back is not met by everybody at once.
    retry = setTimeout(connect, longest * (0.5 + Math.random() / 2));
  }
  function connect() {
    clearTimeout(retry);
    if (socket || isOver || document.hidden) return;
    socket = new WebSocket(url);
    socket.addEventListener("open", opened);
    socket.addEventListener("message", heard);
    socket.addEventListener("close", closed);
  }
  function leave() {
    clearTimeout(retry);
    socket?.close(1000);
  }
  // One that is still being opened goes with its page; closing it would be a warning in the console.
  function part() {
    if (socket?.readyState === WebSocket.OPEN) leave();
    else clearTimeout(retry);
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(leave, HIDDEN_STAYS);
    else connect();
  });
  addEventListener("pagehide", part);
  addEventListener("pageshow", (event) => event.persisted && connect());
  addEventListener("online", connect);
  document.addEventListener("htmx:afterSettle", () => {
    watch();
    showAll();
  });
  connect();
})();

// Keys and the palette: jumps, row movement, search. Off inside fields, and altogether when a person says so.
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
  const SEQUENCE_WAITS = 1200;

  if (isMac) for (const cap of $$("[data-command-key]")) cap.textContent = "⌘ K";

  const jumps = (() => {
    const source = $("#jumps");
    return source ? JSON.parse(source.textContent || "{}") : {};
  })();

  // Rows -------------------------------------------------------------------------------------------
  const rows = () => $$("main [data-rows] > :is(tr, li, div), main table[data-rows] > tbody > tr").filter((row) => row.offsetParent);
  const currentRow = () => $(".is-current") || document.activeElement.closest?.("[data-rows] tr");

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(currentRow());
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    for (const row of all) row.classList.toggle("is-current", row === next);
    next.scrollIntoView({ block: "nearest" });
    const target = $("a[href], button", next) || next;
    if (target === next) next.tabIndex = -1;
    target.focus({ preventScroll: true });
  }

  // Single keys ------------------------------------------------------------------------------------
  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    x: () => $("[type=checkbox][data-select]", currentRow() || document.createElement("i"))?.click(),
    e: () => $("main [data-export]")?.click(),
    p: () => device.set("privacy", device.get("privacy") === "on" ? "off" : "on"),
    "?": () => openDialog($("#keys")),
    "/": () => ($("main [data-page-search]") ? $("main [data-page-search]").focus() : openDialog($("#palette"))),
  };

  let waitingUntil = 0;
  function press(event) {
    if (Date.now() < waitingUntil && jumps[event.key]) {
      waitingUntil = 0;
      location.assign(jumps[event.key]);
      return true;
    }
    waitingUntil = 0;
    if (event.key === "g") {
      waitingUntil = Date.now() + SEQUENCE_WAITS;
      return true;
    }
    if (!KEYS[event.key]) return false;
    KEYS[event.key]();
    return true;
  }

  const isField = (element) =>
    element.isContentEditable || element.matches?.("input:not([type=checkbox],[type=radio]), textarea, select");

  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openDialog($("#palette"));
      return;
    }
    if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
    if (device.get("keys") === "off" || isField(event.target) || $("dialog[open]")) return;
    if (press(event)) event.preventDefault();
  });

  // Palette ----------------------------------------------------------------------------------------
  const palette = $("#palette");
  if (!palette) return;
  const query = $("#palette-query");
  const found = $("#palette-found");
  const options = () => $$("[role=option]", palette).filter((option) => !option.hidden);
  const chosen = () => $("[role=option][aria-selected=true]", palette);

  function choose(option) {
    for (const one of $$("[role=option]", palette)) one.setAttribute("aria-selected", String(one === option));
    if (!option) {
      query.removeAttribute("aria-activedescendant");
      return;
    }
    option.id ||= `palette-found-${options().indexOf(option)}`;
    query.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function narrow() {
    const words = query.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    for (const group of $$("[data-palette-group]", palette)) {
      const all = $$("[role=option]", group);
      for (const option of all) {
        const text = option.textContent.toLowerCase();
        option.hidden = !words.every((word) => text.includes(word));
      }
      group.hidden = all.every((option) => option.hidden);
    }
    if (!words.length) found.replaceChildren();
    $("[data-palette-none]", palette).hidden = options().length > 0;
    choose(options()[0]);
  }

  query.addEventListener("input", narrow);
  palette.addEventListener("htmx:afterSwap", narrow);
  palette.addEventListener("mousemove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== chosen()) choose(option);
  });
  query.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all[(at - 1 + all.length) % all.length]);
    else if (event.key === "Enter") chosen()?.click();
    // The field itself would take the first Escape, to empty itself.
    else if (event.key === "Escape") palette.close();
    else return;
    event.preventDefault();
  });
  document.addEventListener("dialog:open", (event) => {
    if (event.detail !== palette) return;
    query.value = "";
    narrow();
  });
})();

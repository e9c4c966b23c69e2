// What every page does: dialogs, panes, toasts, device settings, file drops, buttons that wait, the service worker.
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const TOAST_STAYS = 6000;

  // Dialogs and panes ------------------------------------------------------------------------------
  let opener = null;

  function open(dialog, from) {
    if (!dialog || dialog.open) return;
    const other = $("dialog[open]");
    if (other && other !== dialog) other.close();
    opener = from instanceof HTMLElement ? from : document.activeElement;
    dialog.showModal();
    const target = $("[autofocus], input:not([type=hidden]), [tabindex='-1']", dialog);
    if (target) target.focus();
    document.dispatchEvent(new CustomEvent("dialog:open", { detail: dialog }));
  }

  document.addEventListener(
    "close",
    (event) => {
      if (!(event.target instanceof HTMLDialogElement)) return;
      if (event.target.id === "pane") event.target.replaceChildren();
      if (opener && opener.isConnected) opener.focus();
      opener = null;
    },
    true,
  );
  // A click on the veil, which belongs to the dialog itself and lies outside its box, closes it.
  document.addEventListener("mousedown", (event) => {
    const dialog = event.target;
    if (!(dialog instanceof HTMLDialogElement) || !dialog.open) return;
    const box = ($(".modal-box", dialog) || dialog).getBoundingClientRect();
    const inside =
      event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) dialog.close();
  });

  // Toasts -----------------------------------------------------------------------------------------
  const ICONS = { success: "circle-check", warning: "triangle-alert", error: "circle-x", info: "info" };

  function icon(name, size) {
    const ns = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(ns, "svg");
    svg.setAttribute("class", size ? `icon icon-${size}` : "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(ns, "use");
    use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
    svg.append(use);
    return svg;
  }

  function button(label, className, ...children) {
    const element = document.createElement("button");
    element.type = "button";
    element.className = className;
    if (label) element.setAttribute("aria-label", label);
    element.append(...children);
    return element;
  }

  function undo(url, toast) {
    const token = $("meta[name=csrf-token]")?.content || "";
    fetch(url, { method: "POST", headers: { "X-CSRFToken": token } })
      .then((answer) => {
        if (!answer.ok) throw new Error(String(answer.status));
        location.reload();
      })
      .catch(() => {
        toast.remove();
        show({ level: "error", message: "That could not be undone. Nothing was changed." });
      });
  }

  function show({ level = "info", message = "", undo: address = "" }) {
    const toast = document.createElement("div");
    toast.className = `toast toast-${level}`;
    toast.dataset.toast = level;
    const text = document.createElement("p");
    text.className = "toast-text";
    text.textContent = message;
    toast.append(icon(ICONS[level] || "info"), text);
    if (address) {
      const back = button("", "link", "Undo");
      back.addEventListener("click", () => undo(address, toast));
      toast.append(back);
    }
    const close = button("Close message", "icon-button", icon("x", "small"));
    close.dataset.dismiss = "";
    toast.append(close);
    $("#toasts").append(toast);
    settle(toast);
  }

  // Errors stay until they are closed; others leave, but not while they are being read.
  function settle(toast) {
    if (toast.dataset.toast === "error") return;
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
    setTimeout(leave, TOAST_STAYS);
  }

  document.addEventListener("toast", (event) => {
    const facts = event.detail?.value ?? event.detail;
    for (const one of Array.isArray(facts) ? facts : [facts]) show(one);
  });

  // Device settings --------------------------------------------------------------------------------
  const device = window.device;
  const flip = (key, first, second) => device.set(key, device.get(key) === first ? second : first);

  function showSettings() {
    const hidden = device.get("privacy") === "on";
    for (const control of $$(".topbar [data-privacy]")) {
      control.setAttribute("aria-pressed", String(hidden));
      $("use", control)?.setAttribute("href", `${document.body.dataset.icons}#${hidden ? "eye-off" : "eye"}`);
    }
    for (const control of $$("[data-device]")) {
      const value = device.get(control.dataset.device);
      if (control.type === "radio") control.checked = control.value === value;
      else if (control.type === "checkbox") control.checked = value === "on";
      else control.value = value;
    }
  }

  document.addEventListener("change", (event) => {
    const control = event.target;
    if (!control.dataset?.device) return;
    device.set(control.dataset.device, control.type === "checkbox" ? (control.checked ? "on" : "off") : control.value);
  });
  document.addEventListener("device:change", showSettings);

  // Clicks -----------------------------------------------------------------------------------------
  const ACTIONS = {
    open: (element) => open($(element.dataset.open), element.closest("dialog") ? opener : element),
    close: (element) => element.closest("dialog").close(),
    closePane(element, event) {
      const dialog = element.closest("dialog");
      if (!dialog) return;
      event.preventDefault();
      dialog.close();
    },
    dismiss: (element) => element.closest(".toast").remove(),
    privacy: () => flip("privacy", "on", "off"),
    themeToggle: () => device.set("theme", document.documentElement.dataset.theme === "wealth" ? "dark" : "light"),
    densityToggle: () => flip("density", "compact", "comfortable"),
    copy(element) {
      navigator.clipboard.writeText($(element.dataset.copy).textContent.trim()).then(
        () => show({ level: "success", message: "Copied." }),
        () => show({ level: "error", message: "The browser did not allow copying. Select the text and copy it." }),
      );
    },
  };
  document.addEventListener("click", (event) => {
    const element = event.target.closest?.(
      "[data-open],[data-close],[data-close-pane],[data-dismiss],[data-privacy],[data-theme-toggle],[data-density-toggle],[data-copy]",
    );
    if (!element) return;
    for (const [name, act] of Object.entries(ACTIONS)) if (name in element.dataset) act(element, event);
    if (element.closest("#palette") && !("open" in element.dataset)) $("#palette").close();
  });

  // A row of a table opens where its first link leads.
  document.addEventListener("click", (event) => {
    const row = event.target.closest?.("tr[data-href]");
    if (!row || event.target.closest("a, button, input, label, summary")) return;
    if (String(getSelection()).length) return;
    const link = $("a[href]", row);
    if (link) link.click();
    else location.assign(row.dataset.href);
  });

  // Forms: one sending at a time, selections counted, files dropped, filters that apply themselves --
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // Somebody else stopped it, a question that was answered with no: it may be sent later.
    if (event.defaultPrevented) return;
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      return;
    }
    if (form.method === "dialog" || form.matches("[hx-get],[hx-post],[hx-put],[hx-delete]")) return;
    form.dataset.sent = "yes";
    const pressed = event.submitter;
    setTimeout(() => {
      if (!pressed) return;
      pressed.classList.add("is-busy");
      pressed.setAttribute("aria-disabled", "true");
      if (pressed.dataset.busy) pressed.textContent = pressed.dataset.busy;
    });
    // A download leaves the page standing: it may be asked for again.
    setTimeout(() => release(form), form.dataset.download === undefined ? 15000 : 1500);
  });
  function release(form) {
    delete form.dataset.sent;
    for (const pressed of $$(".is-busy", form)) {
      pressed.classList.remove("is-busy");
      pressed.removeAttribute("aria-disabled");
    }
  }
  addEventListener("pageshow", (event) => {
    if (event.persisted) $$("form[data-sent]").forEach(release);
  });
  document.addEventListener("change", (event) => {
    if (event.target.closest?.("form[data-autosubmit]")) event.target.form.requestSubmit();
    if (event.target.matches?.("[data-select-all]")) {
      const table = event.target.closest("table");
      for (const box of $$("tbody [type=checkbox]", table)) box.checked = event.target.checked;
    }
    if (event.target.matches?.(".drop input[type=file]")) nameFiles(event.target);
    const row = event.target.closest?.("tbody tr");
    if (row && event.target.matches("[type=checkbox][data-select]")) {
      row.setAttribute("aria-selected", String(event.target.checked));
    }
  });
  function nameFiles(input) {
    const place = $("[data-file-name]", input.closest(".drop"));
    // Said before the file is sent: a server that stops reading early is, to the browser, no connection.
    const largest = Number(input.dataset.largest) || Infinity;
    const tooLarge = [...input.files].find((file) => file.size > largest);
    if (tooLarge) {
      const [has, most] = [tooLarge.size, largest].map((size) => Math.round(size / 1048576));
      input.value = "";
      const message = `${tooLarge.name} has ${has} MB; files up to ${most} MB are read. Split the statement into shorter periods.`;
      show({ level: "error", message });
      return;
    }
    if (place && input.files.length) place.textContent = [...input.files].map((file) => file.name).join(", ");
  }
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.target.closest?.(".drop")?.classList.toggle("is-over", kind === "dragenter" || kind === "dragover");
    });
  }

  // htmx: the token on every request, failures said in words ---------------------------------------
  document.addEventListener("htmx:configRequest", (event) => {
    const token = $("meta[name=csrf-token]")?.content;
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token;
  });
  // A form that was refused comes back with its words: they are shown, and are no failure of the server.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 422) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    const message =
      status === 403
        ? "You may not do this. Nothing was changed."
        : status === 404
          ? "That is no longer there. Load the page again."
          : status === 429
            ? "Too many requests. Wait a moment and try again."
            : "The server could not answer. Nothing on this page was changed; try again.";
    show({ level: "error", message });
  });
  document.addEventListener("htmx:sendError", () => {
    show({ level: "error", message: "No connection. What you see is what was last loaded." });
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    if (target.id === "pane") open(target, event.detail.requestConfig?.elt);
    prepare(target);
  });

  function prepare(part) {
    $("[data-focus]", part)?.focus();
    for (const wrap of $$(".table-wrap", part)) {
      // Only a region that really scrolls is a stop of the Tab key.
      if (wrap.scrollWidth > wrap.clientWidth) wrap.tabIndex = 0;
    }
    showSettings();
  }

  // The icon rail names its places beside them -----------------------------------------------------
  let tip = null;
  function showTip(event) {
    const link = event.target.closest?.(".rail [data-tip]");
    tip?.remove();
    tip = null;
    if (!link || !matchMedia("(min-width: 1024px) and (max-width: 1279.98px)").matches) return;
    const box = link.getBoundingClientRect();
    tip = document.createElement("div");
    tip.className = "tip";
    tip.setAttribute("aria-hidden", "true");
    tip.textContent = link.dataset.tip;
    tip.style.left = `${box.right + 10}px`;
    tip.style.top = `${box.top + box.height / 2 - 13}px`;
    document.body.append(tip);
  }
  document.addEventListener("mouseover", showTip);
  document.addEventListener("focusin", showTip);

  prepare(document);
  $$(".toast").forEach(settle);
  if ($("#pane")?.childElementCount) open($("#pane"));
  if ("serviceWorker" in navigator && $("link[rel=manifest]")) {
    navigator.serviceWorker.register("/sw.js").catch(() => {
      // Without it pages work as before, only not while offline.
    });
  }
  try {
    localStorage.setItem("wealthalloc.seen", String(Date.now()));
  } catch {
    // Without storage the offline page does not know since when.
  }
  window.toast = show;
  window.openDialog = open;
})();

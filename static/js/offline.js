// The offline page: since when the server has not been reached, and another attempt.
(() => {
  "use strict";
  document.querySelector("[data-retry]").addEventListener("click", () => location.reload());
  addEventListener("online", () => location.reload());
  let seen = null;
  try {
    seen = Number(localStorage.getItem("wealthalloc.seen"));
  } catch {
    // Without storage the time is not known, and the line stays hidden.
  }
  if (!seen) return;
  const line = document.querySelector("[data-last-seen]");
  line.querySelector("time").textContent = new Date(seen).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  });
  line.hidden = false;
})();
